@testable import FileFormats
import Foundation
import TestSupport
import Testing

/// What is no checkpoint, or one of another machine, is told by what it is.
@Suite struct TorchOtherFilesTests {
    private static func tar() -> Data {
        var data = Data(count: 1024)
        data.replaceSubrange(257..<262, with: Data("ustar".utf8))
        return data
    }

    private static func archive(_ names: String...) -> Data {
        ZipBytes(names.map { ZipBytes.Entry($0, Data("x".utf8)) }).data
    }

    static let others: [(Data, FileFormatError.Kind, String)] = [
        (Data(), .truncated, "it is empty; fetch the file again"),
        (
            Data("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8), .malformed,
            "it is a Git LFS pointer, not the checkpoint itself; run `git lfs pull`"
        ),
        (
            Data("<!DOCTYPE html><html></html>".utf8), .malformed,
            "it is a web page, not the checkpoint; download the file itself, not the page about it"
        ),
        (
            SafetensorsTests.file(#"{"x":{}}"#), .malformed,
            "it is a safetensors file; give it a name that ends in .safetensors"
        ),
        (
            Data("hello".utf8), .malformed,
            "it is not a checkpoint of PyTorch; check which file it is"
        ),
        (
            Data([0x1F, 0x8B, 8, 0]), .malformed,
            "it is compressed with gzip; unpack it with gunzip first"
        ),
        (
            Data([0x89, 0x48, 0x44, 0x46]), .malformed,
            "it is an HDF5 file, as Keras writes them; save the weights with torch.save"
        ),
        (
            Data([0x93] + Array("NUMPY".utf8)), .malformed,
            "it is a NumPy file; save the arrays as tensors with torch.save"
        ),
        (
            Data("GGUF".utf8), .malformed,
            "it is a GGUF file; save the weights with torch.save or as safetensors"
        ),
        (
            tar(), .unsupported,
            "it is a tar archive, the form before PyTorch 0.1.10; open it in PyTorch and save it again "
                + "with torch.save"
        ),
        (
            Pickled.named(["a": .integer(1)]).pickle() + Data(count: 64), .malformed,
            "it is a pickle, but not one that torch.save wrote; save model.state_dict() with "
                + "torch.save"
        ),
        (
            Pickled.call("os", "system", [.text("id")]).pickle() + Data(count: 64), .malformed,
            "it is a pickle, but not one that torch.save wrote; save model.state_dict() with "
                + "torch.save"
        ),
        (
            Data([0x80, 2, 0x8A]), .truncated,
            "its pickle is cut off at byte 3; the download is incomplete, fetch it again"
        ),
        (
            archive("m/data.pkl", "m/constants.pkl", "m/code/__torch__.py"), .unsupported,
            "it is a TorchScript archive, not a checkpoint; open it with torch.jit.load and save its "
                + "state_dict() with torch.save"
        ),
        (
            archive("m/models/model.json", "m/data/sample_inputs/model.pt"), .unsupported,
            "it is an exported program, not a checkpoint; it needs no import: name it where a model is "
                + "asked for"
        ),
        (
            archive("a.npy", "b.npy"), .unsupported,
            "it is a NumPy archive, not a checkpoint; save the arrays as tensors with torch.save"
        ),
        (
            archive("a/b/data.pkl", "other"), .malformed,
            "it is a zip archive, but not one that torch.save wrote; check which file it is"
        ),
        (
            Data([0x50, 0x4B, 3, 4]), .truncated,
            "the zip archive has no end record; it is incomplete, fetch it again"
        ),
    ]

    @Test(arguments: others.indices)
    func `Files that are something else say so`(index: Int) {
        let (data, kind, sentence) = Self.others[index]
        #expect(message(kind) { try TorchBytes.read(data) } == "x.pt: \(sentence)")
    }

    @Test(arguments: TorchBytes.Form.allCases)
    func `Numbers of another byte order are refused`(form: TorchBytes.Form) {
        var bytes = TorchBytes(.state(["w": TorchBytes.six.tensor([6])]), [TorchBytes.six])
        bytes.isLittleEndian = false
        #expect(
            message(.unsupported) { try TorchBytes.read(bytes.data(form)) }
                == "x.pt: its numbers are not little endian; save it again on another machine")
    }
}
