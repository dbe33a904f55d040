import Programs

extension MatrixShape {
    /// Whether two factors of a rank have fewer elements than the matrices.
    func saves(atRank rank: Int) -> Bool { rank <= breakEvenRank }

    /// Why matrices for which a rank was chosen are factored, or not.
    func reason(atRank rank: Int) -> String {
        saves(atRank: rank)
            ? "rank \(rank) of \(fullRank)"
            : "dense: factors of rank \(rank) have no fewer parameters (they save up to rank "
                + "\(breakEvenRank))"
    }
}
