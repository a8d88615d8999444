/**
 * Known flaky tests by full name, with the reason. A part fails unless all its failed tests are listed here and pass in a
 * second run of the part, alone.
 */
export const FLAKY: readonly { readonly name: string; readonly reason: string }[] = [];
