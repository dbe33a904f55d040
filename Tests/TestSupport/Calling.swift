public import Tensors
import Testing

/// Calls an operator by name and gives its first result as a tensor.
public func call(_ name: String, _ overload: String = "", _ arguments: Operand...) throws -> Tensor
{
    try #require(try Operator(name, overload).call(arguments).first?.tensor)
}
