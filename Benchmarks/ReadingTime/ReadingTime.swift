import FileFormats
import Foundation
import Interchange
import Tensors

/// Times reading a safetensors file, in milliseconds: until all tensors are there, and until a byte of each of their
/// pages was looked at.
@main
enum ReadingTime {
    static func main() throws {
        let onlyOpens = CommandLine.arguments.contains("--open")
        guard CommandLine.arguments.count == (onlyOpens ? 3 : 2),
            let path = CommandLine.arguments.last
        else {
            print("usage: reading-time [--open] FILE")
            exit(64)
        }
        let start = Date()
        let file = try Safetensors(contentsOf: path)
        var tensors: [(tensor: Tensor, bytes: Data)] = []
        for name in file.names {
            guard let array = try file[name] else { continue }
            tensors.append((try Tensor(array), array.bytes))
        }
        let read = Date()
        if onlyOpens { tensors = [] }
        let sum = tensors.reduce(0) { $0 &+ $1.bytes.sumOfPages }
        let touched = Date()
        print(read.timeIntervalSince(start) * 1e3, touched.timeIntervalSince(start) * 1e3, sum)
    }
}

extension Data {
    /// The sum of one byte of each page.
    fileprivate var sumOfPages: Int {
        unsafe withUnsafeBytes { bytes in
            var sum = 0
            for index in stride(from: 0, to: bytes.count, by: 4096) {
                unsafe sum &+= Int(bytes[index])
            }
            return sum
        }
    }
}
