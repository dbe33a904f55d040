import ArgumentParser
import Datasets
import FileFormats
import Interchange
import Programs
import Tensors

/// What `run.json` says of an import of a whole network.
struct NetworkImportRecord: Codable {
    var verb = "import"
    let network: String
    let networkChecksum: String
    let preprocessing: Preprocessing?
    let classNames: [String]?
    let file: String
    let checksum: String
    let parameters: Int
    let bytes: Int
    let fileBytes: Int
    let macs: Int?
    var versions = ["swiftlet": SwiftletCommand.configuration.version, "libtorch": libtorchVersion]

    init(
        of network: Network, preprocessing: Preprocessing?, classNames: [String]?,
        to file: ModelFile
    ) throws {
        let cost = file.program.cost
        self.network = network.path
        networkChecksum = try Checksum.crc32(ofFile: network.path)
        self.preprocessing = preprocessing
        self.classNames = classNames
        self.file = file.path
        checksum = try Checksum.crc32(ofFile: file.path)
        (parameters, bytes, macs) = (cost.parameters, cost.bytes, cost.macs)
        fileBytes = file.fileBytes
    }
}
