public import Datasets
import Foundation
import OrderedCollections
public import Programs

extension Program {
    /// The preprocessing that a network was trained with, as its file says it under `preprocessing`; nil where it says
    /// nothing.
    ///
    /// - Throws: where what it says cannot be read.
    public var preprocessing: Preprocessing? {
        get throws {
            guard let text = metadata["preprocessing"] else { return nil }
            do {
                return try JSONDecoder().decode(Preprocessing.self, from: Data(text.utf8))
            } catch {
                throw TrainingError(
                    .unusable, "the model's preprocessing cannot be read; the file is damaged")
            }
        }
    }
}
