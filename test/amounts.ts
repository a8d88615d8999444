// Fewer in mutation testing, where each test runs thousands of times.

/** Cases per property. */
export const cases = Number(process.env['PODGRAPH_CASES'] ?? 100);

/** Nodes of a chain that is too long for recursion. */
export const longChain = Number(process.env['PODGRAPH_CHAIN'] ?? 100_000);
