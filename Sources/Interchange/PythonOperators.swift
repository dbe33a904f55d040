import Programs

/// Arithmetic on sizes as `torch.export` names it, after the Python functions that compute it.
enum PythonOperators {
    private static let pairs: [(target: String, operation: ScalarOperation)] = [
        ("_operator.add", .add), ("_operator.sub", .sub), ("_operator.mul", .mul),
        ("_operator.floordiv", .floordiv), ("_operator.truediv", .truediv),
        ("_operator.mod", .mod), ("_operator.pow", .pow), ("_operator.neg", .neg),
        ("_operator.eq", .eq), ("_operator.ne", .ne), ("_operator.lt", .lt),
        ("_operator.le", .le), ("_operator.gt", .gt), ("_operator.ge", .ge),
        ("_operator.and_", .and), ("_operator.or_", .or), ("torch.sym_max", .max),
        ("torch.sym_min", .min), ("torch.sym_not", .not), ("torch.sym_float", .toFloat),
        ("torch.sym_int", .toInt), ("torch._sym_sqrt", .sqrt), ("math.ceil", .ceil),
        ("math.floor", .floor), ("math.trunc", .trunc), ("builtins.round", .round),
    ]

    /// The operation of a target; nil where it is another kind of target.
    static func operation(_ target: String) -> ScalarOperation? {
        pairs.first { $0.target == target }?.operation
    }

    /// The target of an operation.
    static func target(_ operation: ScalarOperation) -> String {
        pairs.first { $0.operation == operation }?.target ?? "_operator.\(operation.rawValue)"
    }
}
