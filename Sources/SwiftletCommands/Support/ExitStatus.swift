import Compression
import Datasets
import FileFormats
import Foundation
import Programs
import Tensors
import Training

/// What the process ends with.
enum ExitStatus: Int32 {
    /// Done, and the goal met.
    case success = 0
    /// Something that no other status tells.
    case failure = 1
    /// Two networks whose results differ.
    case unequal = 2
    /// A budget that cannot be met.
    case budget = 3
    /// A loss that is not a number.
    case diverged = 4
    /// Arguments that make no sense.
    case usage = 64
    /// A file that is damaged, or not what it should be.
    case badFile = 65
    /// A file or data set that is not there.
    case missing = 66
    /// An output that is there already, or cannot be written.
    case output = 73
    /// Stopped by the user.
    case interrupted = 130

    /// The status that an error of a module stands for; nil for others.
    init?(of error: any Error) {
        switch error {
        case let error as FileFormatError:
            switch error.kind {
            case .missing, .unreadable: self = .missing
            case .unwritable: self = .output
            default: self = .badFile
            }
        case let error as DatasetError:
            switch error.kind {
            case .unknownName: self = .usage
            case .missing: self = .missing
            default: self = .badFile
            }
        case let error as CompressionError:
            switch error.kind {
            case .budget: self = .budget
            case .text, .data: self = .usage
            case .weights: self = .badFile
            default: self = .failure
            }
        case let error as TrainingError:
            switch error.kind {
            case .diverged: self = .diverged
            case .interrupted: self = .interrupted
            case .checkpoint: self = .badFile
            default: self = .failure
            }
        case let error as ProgramError:
            self = [.input, .selection].contains(error.kind) ? .usage : .failure
        case is TensorError: self = .failure
        default: return nil
        }
    }
}

/// A failure of a verb itself: one sentence and a status.
struct Failure: Error, CustomStringConvertible {
    let status: ExitStatus
    let description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}
