import { defineCommand } from '../command.ts'
import { CommandError } from '../errors.ts'
import { record, text } from '../objects/json.ts'
import { goJSON } from '../printers/json.ts'

/** The version of the API that this client was made for, and its own. */
export const clientVersion = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+wherry.0.1.0',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
}

const maxSkew = 1

export const versionCommand = defineCommand({
  use: 'version [flags]',
  short: 'Print the versions of client and server',
  examples: `# Both
$ version

# Only the client's
$ version --client`,
  flags: {
    client: { type: 'boolean', describe: 'Only the client: no server is asked.' },
    output: { type: 'string', short: 'o', describe: "One of 'yaml' or 'json'." },
  },
  async run(context, { args, flags }) {
    if (args.length > 0) throw new CommandError(`extra arguments: [${args.join(' ')}]`)
    if (!['', 'yaml', 'json'].includes(flags.output)) throw new CommandError("--output must be 'yaml' or 'json'")
    let failure: unknown
    let server: Record<string, unknown> | undefined
    if (!flags.client) {
      try {
        server = record(await (await context.connect()).rest.json('GET', '/version'))
      } catch (error) {
        failure = error
      }
    }
    const versions = { clientVersion, ...(server && { serverVersion: server }) }
    if (flags.output === 'json') context.print(`${goJSON(versions, 2)}\n`)
    else if (flags.output === 'yaml') context.print((await import('@wherry/apimachinery')).toYAML(versions))
    else {
      context.print(`Client Version: ${clientVersion.gitVersion}\n`)
      if (server) context.print(`Server Version: ${text(server.gitVersion)}\n`)
    }
    if (failure !== undefined) throw failure
    if (server) warnOfSkew(context, server)
  },
})

function warnOfSkew(context: { warn(text: string): void }, server: Record<string, unknown>): void {
  const minor = Number.parseInt(text(server.minor), 10)
  const major = text(server.major)
  if (Number.isNaN(minor))
    throw new CommandError(`could not parse the server's version ${JSON.stringify(server.gitVersion)}`)
  if (major === clientVersion.major && Math.abs(minor - Number(clientVersion.minor)) <= maxSkew) return
  context.warn(
    `WARNING: version difference between client (${clientVersion.major}.${clientVersion.minor}) and server (${major}.${minor}) exceeds the supported minor version skew of +/-1\n`,
  )
}
