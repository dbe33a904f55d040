import ArgumentParser
import Datasets
import FileFormats
import Interchange
import Models
import Programs
import Tensors

/// What `run.json` says of an import, all in one object.
struct ImportRecord: Encodable {
    /// How weights came into a network of the zoo.
    struct Placement: Encodable {
        let model: String
        let width: Int?
        let logitsNorm: Bool
        let input: [Int]
        let classes: Int
        /// Where in the file the state dict stood; nil for its top level.
        let key: String?
        /// What was taken off all names.
        let prefix: String
        /// How many tensors were converted, by their type in the file.
        let converted: [String: Int]
        /// The tensors that the file lacks, which are 0.
        let zeroed: [String]

        init(
            _ model: String, _ options: ZooModel.Options, from weights: StateDict,
            loaded: LoadedWeights
        ) {
            self.model = model
            (width, logitsNorm) = (options.width, options.logitsNorm)
            (input, classes) = (options.input, options.classes)
            key = weights.key
            (prefix, converted, zeroed) = (loaded.prefix, loaded.converted, loaded.zeroed)
        }
    }

    /// What is said of a whole network too.
    struct Result: Encodable {
        let verb = "import"
        /// The file that was read, of weights or of a whole network.
        let weights: String
        let weightsChecksum: String
        let preprocessing: Preprocessing?
        let classNames: [String]?
        let file: String
        let checksum: String
        let parameters: Int
        let bytes: Int
        let fileBytes: Int
        let macs: Int?
        let versions = [
            "swiftlet": SwiftletCommand.configuration.version, "libtorch": libtorchVersion,
        ]

        init(
            of weights: String, preprocessing: Preprocessing?, classNames: [String]?,
            to file: ModelFile
        ) throws {
            let cost = file.program.cost
            self.weights = weights
            weightsChecksum = try Checksum.crc32(ofFile: weights)
            self.preprocessing = preprocessing
            self.classNames = classNames
            self.file = file.path
            checksum = try Checksum.crc32(ofFile: file.path)
            (parameters, bytes, macs) = (cost.parameters, cost.bytes, cost.macs)
            fileBytes = file.fileBytes
        }
    }

    /// Nil for a whole network.
    let placement: Placement?
    let result: Result

    func encode(to encoder: any Encoder) throws {
        try placement?.encode(to: encoder)
        try result.encode(to: encoder)
    }

    /// The note on where weights are from, for a model file's metadata.
    static func provenance(of weights: String) throws -> String {
        "weights of \(weights), CRC-32 \(try Checksum.crc32(ofFile: weights)); they may have seen any "
            + "validation split"
    }
}
