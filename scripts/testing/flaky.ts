/**
 * Known flaky tests by full name, with the reason. A part fails unless all its failed tests are listed here and pass in a
 * second run of the part, alone.
 */
export const FLAKY: readonly { readonly name: string; readonly reason: string }[] = [
  {
    name: 'removal on demo > lifecycle actions > containers stop before their dependencies and start after them',
    reason: 'once in 12 runs of the file its plan had three of the four containers; the cause is unknown',
  },
];
