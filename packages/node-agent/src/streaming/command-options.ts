/** What a client of exec or attach asks for, in the kubelet API's own query. */
export interface CommandOptions {
  command: string[]
  stdin: boolean
  stdout: boolean
  stderr: boolean
  tty: boolean
}

/** Throws an Error in the kubelet's words when nothing is asked for, or what cannot be had together. */
export function commandOptions(query: URLSearchParams): CommandOptions {
  const is = (name: string) => query.get(name) === '1' || query.get(name) === 'true'
  const tty = is('tty')
  const options = {
    command: query.getAll('command'),
    stdin: is('input'),
    stdout: is('output'),
    // A terminal has one output.
    stderr: is('error') && !tty,
    tty,
  }
  if (!options.stdin && !options.stdout && !options.stderr) {
    throw new Error('you must specify at least 1 of stdin, stdout, stderr')
  }
  return options
}
