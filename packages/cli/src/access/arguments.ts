import { CommandError } from '../errors.ts'
import type { Resource } from './discovery.ts'
import type { Mapper } from './mapper.ts'

/** What the arguments of a verb name: pairs of type and name, or types with names that go with all of them. */
export type NamedArguments =
  | { form: 'pairs'; pairs: { resource: Resource; name: string }[] }
  | { form: 'types'; resources: Resource[]; names: string[] }

/** The types that the arguments of a verb name, before it is known whether they are any. */
export function typesIn(args: readonly string[]): string[] {
  if (args.some((arg) => arg.includes('/'))) return args.map((arg) => arg.split('/')[0] ?? '')
  return (args[0] ?? '').split(',')
}

/** Reads `TYPE/NAME …` or `TYPE[,TYPE…] [NAME …]`. As upstream's resource.Builder, whose words the errors have. */
export function readArguments(args: readonly string[], mapper: Mapper, program: string): NamedArguments {
  const withSlash = args.filter((arg) => arg.includes('/'))
  if (withSlash.length > 0) {
    if (withSlash.length !== args.length) {
      throw new CommandError(
        `there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. '${program} get resource/<resource_name>' instead of '${program} get resource resource/<resource_name>'`,
      )
    }
    const pairs = args.map((arg) => {
      const { type, name } = splitPair(arg)
      return { resource: mapper.resolve(type), name }
    })
    return { form: 'pairs', pairs }
  }
  const [types = '', ...names] = args
  const resources = types.split(',').flatMap((type) => mapper.category(type) ?? [mapper.resolve(type)])
  return { form: 'types', resources, names }
}

/** `TYPE/NAME` in its two parts. */
export function splitPair(arg: string): { type: string; name: string } {
  const parts = arg.split('/')
  if (parts.length !== 2) throw new CommandError('arguments in resource/name form may not have more than one slash')
  const [type = '', name = ''] = parts
  if (type === '' || name === '' || type.split(',').length !== 1) {
    throw new CommandError('arguments in resource/name form must have a single resource and name')
  }
  return { type, name }
}
