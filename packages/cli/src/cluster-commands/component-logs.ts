import { createReadStream, watch } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { type ClusterHandle, componentNames, logFile, openCluster } from '@wherry/cluster'
import { UserError } from '@wherry/component-base'
import type { CommandModule } from 'yargs'
import type { ClusterArguments, CommandIO } from './io.ts'
import { clusterOptions } from './options.ts'

interface LogArguments extends ClusterArguments {
  component: string | undefined
  follow: boolean
  tail: number
}

const tailBytesPerLine = 400

export function componentLogsCommand(io: CommandIO): CommandModule<object, LogArguments> {
  return {
    command: 'component-logs [component]',
    describe: "Print the logs of a cluster's components",
    builder: (yargs) =>
      clusterOptions(yargs, io)
        .positional('component', { type: 'string', describe: 'Such as apiserver; all of them if left out' })
        .option('follow', { alias: 'f', type: 'boolean', default: false, describe: 'Go on as lines are written' })
        .option('tail', { type: 'number', default: -1, describe: 'Only the last lines; -1 prints all' })
        .example('$0 component-logs scheduler --tail 20', 'the last lines of the scheduler')
        .example('$0 component-logs apiserver -f', 'follow the API server'),
    async handler({ home, name, component, follow, tail }) {
      const cluster = await openCluster(home, name)
      const names = chosen(cluster, component)
      for (const one of names) await print(io, cluster, one, tail, names.length > 1)
      if (follow) await Promise.all(names.map((one) => followLog(io, cluster, one, names.length > 1)))
    },
  }
}

function chosen({ config }: ClusterHandle, component: string | undefined): string[] {
  const names = componentNames(config)
  if (component === undefined) return names
  const found = names.filter((name) => name === component || name.startsWith(`${component}-`))
  if (found.length === 0) throw new UserError(`there is no component "${component}": choose from ${names.join(', ')}`)
  return found
}

async function print(
  io: CommandIO,
  { paths }: ClusterHandle,
  name: string,
  tail: number,
  prefixed: boolean,
): Promise<void> {
  const path = logFile(paths, name)
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  )
  if (size === 0 || tail === 0) return
  const start = tail < 0 ? 0 : Math.max(0, size - tail * tailBytesPerLine)
  const chunks: Buffer[] = []
  for await (const chunk of createReadStream(path, { start, end: size - 1 })) chunks.push(Buffer.from(chunk))
  const lines = Buffer.concat(chunks).toString().trimEnd().split('\n')
  const last = tail < 0 ? lines : lines.slice(start > 0 ? 1 : 0).slice(-tail)
  for (const line of last) io.stdout.write(`${prefixed ? `[${name}] ` : ''}${line}\n`)
}

/** Prints what is added to a log until the command is interrupted. */
async function followLog(io: CommandIO, { paths }: ClusterHandle, name: string, prefixed: boolean): Promise<void> {
  const path = logFile(paths, name)
  const file = await open(path, 'a+', 0o600)
  let position = (await file.stat()).size
  let rest = ''
  for await (const _ of changes(path, io.signal)) {
    const { size } = await file.stat()
    if (size < position) position = 0
    if (size === position) continue
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - position), 0, size - position, position)
    position += bytesRead
    const lines = (rest + buffer.subarray(0, bytesRead).toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) io.stdout.write(`${prefixed ? `[${name}] ` : ''}${line}\n`)
  }
}

async function* changes(path: string, signal: AbortSignal): AsyncGenerator<void> {
  let wake = () => {}
  const watcher = watch(path, () => wake())
  const stop = () => wake()
  signal.addEventListener('abort', stop)
  try {
    while (!signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      yield
    }
  } finally {
    signal.removeEventListener('abort', stop)
    watcher.close()
  }
}
