/** The variables of a file of `NAME=value` lines, as `fileKeyRef` reads it; other lines are left out. */
export function parseEnvFile(text: string): Map<string, string> {
  const result = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line)
    if (match) result.set(match[1] ?? '', (match[2] ?? '').replace(/^(['"])(.*)\1\s*$/, '$2'))
  }
  return result
}
