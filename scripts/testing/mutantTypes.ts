import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { projectRoot } from '../lab';
import type { Mutant } from './mutation';

/**
 * The mutants that the type check of `npm test` rejects, each in its own file; no test has to detect them. Stryker's own
 * checker checks every mutant before its tests, which takes several times as long as the tests; this needs only the survivors.
 */
export function typeErrors(mutants: readonly Mutant[]): ReadonlySet<Mutant> {
  const config = ts.readJsonConfigFile(path.join(projectRoot, 'tsconfig.json'), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonSourceFileConfigFileContent(config, ts.sys, projectRoot);
  const roots = [...new Set(mutants.map(({ file }) => path.join(projectRoot, file)))];
  const texts = new Map<string, string>();
  const versions = new Map<string, number>();
  const service = ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    getCompilationSettings: () => options,
    getScriptFileNames: () => roots,
    getScriptVersion: (file) => String(versions.get(file) ?? 0),
    getScriptSnapshot: (file) => {
      const text = texts.get(file) ?? ts.sys.readFile(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => projectRoot,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  });
  const write = (file: string, text: string | undefined) => {
    if (text === undefined) texts.delete(file);
    else texts.set(file, text);
    versions.set(file, (versions.get(file) ?? 0) + 1);
  };
  const found = new Set<Mutant>();
  for (const mutant of mutants) {
    const file = path.join(projectRoot, mutant.file);
    write(file, mutate(readFileSync(file, 'utf8'), mutant));
    if (service.getSemanticDiagnostics(file).length > 0) found.add(mutant);
    write(file, undefined);
  }
  return found;
}

/** The source text with the mutant in place. */
function mutate(source: string, { start, end, replacement }: Mutant): string {
  const lines = source.split('\n');
  const offset = ({ line, column }: Mutant['start']) =>
    lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  return source.slice(0, offset(start)) + replacement + source.slice(offset(end));
}
