import Foundation

extension ByteView {
    /// The error for a file that is no pickle: what it is instead, where that is plain; nil where it
    /// begins as a pickle of protocol 2 or later.
    var otherThanCheckpoint: FileFormatError? {
        if count == 0 { return error(.truncated, "it is empty; fetch the file again") }
        if let impostor = impostor(expected: "the checkpoint") { return impostor }
        for (prefix, reason) in Self.otherFormats where begins(with: prefix) {
            return error(.malformed, reason)
        }
        if slice(at: 257, count: 5).map({ $0.elementsEqual("ustar".utf8) }) ?? false {
            return error(
                .unsupported,
                "it is a tar archive, the form before PyTorch 0.1.10; open it in PyTorch and save "
                    + "it again with torch.save")
        }
        if let length = little(UInt64.self, at: 0), length <= UInt64(Safetensors.largestHeader),
            byte(at: 8) == UInt8(ascii: "{")
        {
            return error(
                .malformed,
                "it is a safetensors file; give it a name that ends in .safetensors")
        }
        guard byte(at: 0) == PickleOperation.protocol.rawValue else {
            return error(
                .malformed, "it is not a checkpoint of PyTorch; check which file it is")
        }
        return nil
    }

    private static let otherFormats: [(prefix: [UInt8], reason: String)] = [
        ([0x1F, 0x8B], "it is compressed with gzip; unpack it with gunzip first"),
        (
            [0x89, 0x48, 0x44, 0x46],
            "it is an HDF5 file, as Keras writes them; save the weights with torch.save"
        ),
        (
            [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59],
            "it is a NumPy file; save the arrays as tensors with torch.save"
        ),
        (
            [0x47, 0x47, 0x55, 0x46],
            "it is a GGUF file; save the weights with torch.save or as safetensors"
        ),
    ]
}
