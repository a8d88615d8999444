const help = [
  'This is the demo engine: no containers run, and this shell is simulated. Commands:',
  '  echo TEXT, hostname, stty size, ps, help, exit [CODE]',
];
const maxLineLength = 4096;

/** A simulated interactive shell: echoes input and runs a line at Return. */
export class FakeShell {
  private line = '';
  private ended = false;

  constructor(
    private readonly host: string,
    private readonly pid: number,
    private size: { columns: number; rows: number },
    private readonly print: (text: string) => void,
    private readonly end: (exitCode: number) => void,
  ) {}

  /** Runs the command's `printf` of its PID, then prompts. */
  start(command: readonly string[]) {
    const [, format = ''] = /printf '([^']*)' \$\$/.exec(command.join(' ')) ?? [];
    const output = format
      .replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))
      .replace('%s', String(this.pid));
    this.print(`${output}${help.join('\r\n')}\r\n`);
    this.prompt();
  }

  resize(size: { columns: number; rows: number }) {
    this.size = size;
  }

  type(text: string) {
    for (const char of text) this.press(char);
  }

  private press(char: string) {
    if (this.ended) return;
    if (char === '\u0004' && this.line === '') return this.exit(0);
    if (char === '\u0003') {
      this.line = '';
      this.print('^C\r\n');
      return this.prompt();
    }
    if (char === '\r' || char === '\n') {
      this.print('\r\n');
      const { line } = this;
      this.line = '';
      this.run(line.trim());
      return this.ended ? undefined : this.prompt();
    }
    if (char === '\u007f' || char === '\b') {
      if (this.line === '') return;
      this.line = this.line.slice(0, -1);
      return this.print('\b \b');
    }
    if (char < ' ' || this.line.length >= maxLineLength) return;
    this.line += char;
    this.print(char);
  }

  private run(line: string) {
    for (const part of line.split(';')) if (!this.ended) this.runOne(part.trim());
  }

  private runOne(line: string) {
    const [command = '', ...rest] = line.replace(/^\/busybox /, '').split(/\s+/);
    const printLines = (...lines: string[]) => this.print(lines.map((one) => `${one}\r\n`).join(''));
    switch (command) {
      case '':
        return;
      case 'echo':
        return printLines(rest.join(' ').replace(/["']/g, ''));
      case 'hostname':
        return printLines(this.host);
      case 'stty':
        return printLines(`${this.size.rows} ${this.size.columns}`);
      case 'ps':
        return printLines('PID   COMMAND', '    1 (simulated)', `${String(this.pid).padStart(5)} sh`);
      case 'help':
        return printLines(...help);
      case 'exit':
        return this.exit(Number(rest[0] ?? 0) || 0);
      default:
        return printLines(`sh: ${command}: not found (this shell is simulated; try help)`);
    }
  }

  private prompt() {
    this.print('/ # ');
  }

  private exit(exitCode: number) {
    this.ended = true;
    this.end(exitCode);
  }
}
