import ArgumentParser

/// What `train`, `tune` and `iterate` take alike: with which data, where to, and how a run goes on.
struct RunArguments: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp(
            "A known data set, or a .npz, .safetensors or .csv file.", valueName: "data"))
    var namedData: String?

    @Option(help: "The folder to write.")
    var output: String?

    @OptionGroup var source: DataArguments

    @OptionGroup var threads: ThreadArguments

    @Flag(help: "Replace what the output folder holds.")
    var force = false

    @Option(help: "Go on with a run that was cut off, with its own options.")
    var resume: String?

    @Flag(help: "Print one JSON object on stdout.")
    var json = false

    /// Checks that a run is named, new or old.
    ///
    /// NB: in `validate` this would come before the parser's own word on an unknown option.
    ///
    /// - Parameters:
    ///   - model: what is trained.
    ///   - kind: what is asked for where it is missing, `a network` for example.
    ///   - saysNothingElse: whether no option of the verb's own is given.
    func check(_ model: String?, kind: String, saysNothingElse: Bool) throws {
        guard resume == nil else {
            guard saysNothingElse, model == nil, namedData == nil, output == nil,
                source.isStandard, threads.threads == nil
            else {
                throw Failure(
                    .usage, "--resume goes on with a run's own options: name nothing but its folder"
                )
            }
            return
        }
        guard model != nil else {
            throw Failure(.usage, "name \(kind), or a folder with --resume")
        }
        guard namedData != nil else { throw Failure(.usage, "name the data with --data") }
        guard output != nil else { throw Failure(.usage, "name the folder to write with --output") }
    }

    /// The data of a new run.
    var data: String { namedData ?? "" }

    /// The folder of a new run, which must be free.
    func folder() throws -> OutputFolder { try OutputFolder(output ?? "", force: force) }
}
