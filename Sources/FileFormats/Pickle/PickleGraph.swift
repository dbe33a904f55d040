import Foundation

/// What a pickle describes: objects that refer to each other by number, none of them made.
///
/// Objects may be shared and may contain each other, so a reader has to bound how far it follows
/// them.
struct PickleGraph: Sendable {
    /// A plain value, or the number of an object.
    enum Item: Sendable {
        case null
        case bool(Bool)
        case integer(Int)
        /// A whole number of more than 64 bits: two's complement, the least significant byte first.
        case wideInteger(Data)
        case number(Double)
        case text(String)
        case bytes(Data)
        case global(PickleGlobal)
        case object(Int)
    }

    /// One object.
    struct Object: Sendable {
        /// What it is.
        enum Kind: Equatable, Sendable {
            case tuple, list, set, dictionary
            /// What a function of the allow-list would give for `items`.
            case call(PickleGlobal)
            /// What lies outside of the pickle, under the one name in `items`.
            case persistent
        }

        let kind: Kind
        /// The elements, or a call's arguments.
        var items: [Item] = []
        /// The entries of a dictionary: a key and its value in turn.
        var entries: [Item] = []
        /// What was set on it afterwards.
        var state = Item.null
        /// The byte of the file at which the pickle makes it.
        let offset: Int
    }

    /// What the pickle stands for.
    var root = Item.null
    /// The objects by number.
    var objects: [Object] = []

    /// The object that an item refers to; nil for plain values.
    func object(_ item: Item) -> Object? {
        guard case .object(let number) = item else { return nil }
        return objects[number]
    }

    /// The elements of a tuple; nil for anything else.
    func tuple(_ item: Item) -> [Item]? {
        guard let object = object(item), object.kind == .tuple else { return nil }
        return object.items
    }
}

extension PickleGraph.Item {
    /// The whole number; nil for anything else.
    var integer: Int? { if case .integer(let number) = self { number } else { nil } }
    /// The text; nil for anything else.
    var text: String? { if case .text(let text) = self { text } else { nil } }
    /// Whether it is true; nil for anything that is no Boolean.
    var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
}
