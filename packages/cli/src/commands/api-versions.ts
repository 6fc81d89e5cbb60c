import { defineCommand } from '../command.ts'
import { UsageError } from '../errors.ts'

export const apiVersionsCommand = defineCommand({
  use: 'api-versions',
  short: 'List the API versions of the server, as group/version',
  examples: `# All versions
$ api-versions`,
  flags: {},
  async run(context, { args }) {
    if (args.length > 0) throw new UsageError(`unexpected arguments: [${args.join(' ')}]`)
    const { groups } = await (await context.connect()).rediscover()
    const all = groups.flatMap(({ name, versions }) =>
      versions.map(({ version }) => (name === '' ? version : `${name}/${version}`)),
    )
    for (const version of all.sort()) context.print(`${version}\n`)
  },
})
