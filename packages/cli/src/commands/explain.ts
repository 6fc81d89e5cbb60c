import { dig, record, text } from '../objects/json.ts'
import { defineCommand } from '../command.ts'
import { CommandError, PlainError, UsageError } from '../errors.ts'
import { renderExplanation } from '../explain/render.ts'

export const explainCommand = defineCommand({
  use: 'explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext]',
  short: 'Show the documentation of a resource',
  long: `Show the documentation of a resource and of its fields.

 A field is named by its path: TYPE.fieldName[.fieldName]. The texts come from the server's OpenAPI documents.`,
  examples: `# A kind and its fields
$ explain pods

# Every field of every field
$ explain pods --recursive

# One field
$ explain pods.spec.containers`,
  complete: async (context, args) => {
    if (args.length > 0) return []
    const mapper = await (await context.connect()).mapper()
    return [...new Set(mapper.preferred().map(({ resource }) => resource))]
  },
  flags: {
    'api-version': { type: 'string', describe: 'The API version to explain, as group/version.' },
    output: { type: 'string', short: 'o', default: 'plaintext', describe: 'The layout; only plaintext.' },
    recursive: { type: 'boolean', describe: 'Show the names and types of all fields, however deep.' },
  },
  async run(context, { args, flags }) {
    const [path, ...rest] = args
    if (path === undefined) {
      throw new CommandError(
        `You must specify the type of resource to explain. Use "${context.program} api-resources" for a complete list of supported resources.`,
      )
    }
    if (rest.length > 0) throw new UsageError('We accept only this format: explain RESOURCE')
    if (flags.output !== 'plaintext') throw new CommandError(`unrecognized format: ${flags.output}`)
    const { rest: server, mapper: mapperOf } = await context.connect()
    const mapper = await mapperOf([path.split('.')[0] ?? ''])
    const { type, fields } = splitPath(path, (name) => mapper.find(name) !== undefined)
    let resource = mapper.find(type)
    if (!resource) throw new PlainError(`the server doesn't have a resource type ${JSON.stringify(type)}`)
    if (flags['api-version'] !== '') {
      const wanted = mapper.forKind(flags['api-version'], resource.kind)
      if (!wanted)
        throw new CommandError(
          `couldn't find resource for ${JSON.stringify(`${flags['api-version']}, Resource=${resource.resource}`)}`,
        )
      resource = wanted
    }
    const { group, version, kind } = resource
    const index = await server.json('GET', '/openapi/v3')
    const key = group === '' ? `api/${version}` : `apis/${group}/${version}`
    const url = text(dig(record(dig(index, 'paths'))[key], 'serverRelativeURL'))
    if (url === '') throw new CommandError(`couldn't find resource for "${key}" in the server's OpenAPI documents`)
    const [documentPath = '', search = ''] = url.split('?')
    const document = await server.json('GET', documentPath, { query: Object.fromEntries(new URLSearchParams(search)) })
    const { recursive } = flags
    renderExplanation({ document, group, version, kind, fields, recursive }, (line) => context.print(line))
  },
})

/** A type may have dots of its own, as in `deployments.apps.spec`: the longest beginning that is a type counts. */
function splitPath(path: string, isType: (name: string) => boolean): { type: string; fields: string[] } {
  const parts = path.split('.').filter((part) => part !== '')
  for (let count = parts.length; count > 1; count--) {
    const type = parts.slice(0, count).join('.')
    if (isType(type)) return { type, fields: parts.slice(count) }
  }
  return { type: parts[0] ?? path, fields: parts.slice(1) }
}
