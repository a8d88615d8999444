const help = [
  'This is the demo engine: no container runs, and this shell is only played. It knows',
  '  echo WORDS, hostname, stty size, ps, help, exit [CODE]',
];
/** What nobody types on purpose into a shell that is only played. */
const longest = 4096;

/** A shell as a terminal sees it: echoes what is typed, runs a line at Return. Says of itself that it is played. */
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

  /** Does what the started command line does before the shell waits for input: a `printf` of its own number. */
  begin(command: readonly string[]) {
    const [, format = ''] = /printf '([^']*)' \$\$/.exec(command.join(' ')) ?? [];
    const told = format
      .replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))
      .replace('%s', String(this.pid));
    this.print(`${told}${help.join('\r\n')}\r\n`);
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
    if (char === '\u0004' && this.line === '') return this.leave(0);
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
    if (char < ' ' || this.line.length >= longest) return;
    this.line += char;
    this.print(char);
  }

  private run(line: string) {
    for (const part of line.split(';')) if (!this.ended) this.runOne(part.trim());
  }

  private runOne(line: string) {
    const [word = '', ...rest] = line.replace(/^\/busybox /, '').split(/\s+/);
    const say = (...lines: string[]) => this.print(lines.map((one) => `${one}\r\n`).join(''));
    switch (word) {
      case '':
        return;
      case 'echo':
        return say(rest.join(' ').replace(/["']/g, ''));
      case 'hostname':
        return say(this.host);
      case 'stty':
        return say(`${this.size.rows} ${this.size.columns}`);
      case 'ps':
        return say('PID   COMMAND', '    1 (played)', `${String(this.pid).padStart(5)} sh`);
      case 'help':
        return say(...help);
      case 'exit':
        return this.leave(Number(rest[0] ?? 0) || 0);
      default:
        return say(`sh: ${word}: not found (this shell is only played; try help)`);
    }
  }

  private prompt() {
    this.print('/ # ');
  }

  private leave(exitCode: number) {
    this.ended = true;
    this.end(exitCode);
  }
}
