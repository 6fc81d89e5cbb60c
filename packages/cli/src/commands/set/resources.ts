import { Quantity } from '@wherry/apimachinery'
import { defineCommand } from '../../command.ts'
import { completeResources } from '../../complete.ts'
import { CommandError } from '../../errors.ts'
import { record } from '../../objects/json.ts'
import { containersIn, podSpecOf } from '../../objects/pod-spec.ts'
import { selectNames } from './select-names.ts'
import { changeObjects, NotInObject, setFlags } from './template-verb.ts'

export const setResourcesCommand = defineCommand({
  use: 'set resources (-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]',
  short: 'Update resource requests/limits on objects with pod templates',
  examples: `# Limits and requests
$ set resources deployment web --limits=cpu=200m,memory=512Mi --requests=cpu=100m

# Remove them: a value of 0
$ set resources deployment web --limits=cpu=0,memory=0`,
  complete: completeResources,
  flags: {
    ...setFlags,
    containers: { type: 'string', short: 'c', default: '*', describe: 'Names of the containers; may have wildcards.' },
    limits: { type: 'string', describe: 'The most that a container gets: cpu=200m,memory=512Mi.' },
    requests: { type: 'string', describe: 'What a container is sure of: cpu=100m,memory=256Mi.' },
  },
  async run(context, { args, flags }) {
    if (flags.limits === '' && flags.requests === '') {
      throw new CommandError('you must specify an update to requests or limits (in the form of --requests/--limits)')
    }
    const changes = { limits: amounts(flags.limits), requests: amounts(flags.requests) }
    await changeObjects(context, args, flags, 'resource requirements updated', (object) => {
      const containers = selectNames(containersIn(podSpecOf(object)), flags.containers)
      if (containers.length === 0) throw new NotInObject(`unable to find container named ${flags.containers}`)
      for (const container of containers) {
        const resources = { ...record(container.resources) }
        for (const field of ['limits', 'requests'] as const) {
          const merged = { ...record(resources[field]) }
          for (const [name, amount] of changes[field]) {
            if (amount === '0') delete merged[name]
            else merged[name] = amount
          }
          if (changes[field].length > 0) resources[field] = merged
        }
        container.resources = resources
      }
    })
  },
})

function amounts(text: string): [string, string][] {
  if (text === '') return []
  return text.split(',').map((part) => {
    const [name = '', value, ...rest] = part.split('=')
    if (value === undefined || rest.length > 0)
      throw new CommandError(`Invalid argument syntax ${part}, expected <resource>=<value>`)
    return [name, Quantity.parse(value).toString()]
  })
}
