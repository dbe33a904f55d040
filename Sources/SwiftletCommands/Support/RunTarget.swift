/// Checks that a run is named, new or old.
///
/// NB: in `validate` this would come before the parser's own word on an unknown option.
///
/// - Parameters:
///   - resume: the folder to go on in, where it is named.
///   - saysNothingElse: whether no other option is given.
///   - model: what is trained.
///   - kind: what is asked for where it is missing, `a network` for example.
func checkRun(
    resuming resume: String?, saysNothingElse: Bool, model: String?, kind: String, data: String?,
    output: String?
) throws {
    guard resume == nil else {
        guard saysNothingElse else {
            throw Failure(
                .usage, "--resume goes on with a run's own options: name nothing but its folder")
        }
        return
    }
    guard model != nil else { throw Failure(.usage, "name \(kind), or a folder with --resume") }
    guard data != nil else { throw Failure(.usage, "name the data with --data") }
    guard output != nil else { throw Failure(.usage, "name the folder to write with --output") }
}
