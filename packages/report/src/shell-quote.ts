/** An argument as a POSIX shell reads it back: quoted only where it must be. */
export function shellQuote(argument: string): string {
  return /^[\w@%+=:,./-]+$/u.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** A command as one line to type, each argument quoted where it must be. */
export const shellCommand = (command: readonly string[]): string => command.map(shellQuote).join(" ");
