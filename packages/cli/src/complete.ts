import { splitPair } from './access/arguments.ts'
import type { Completer } from './command.ts'

/** Completes kinds, then the names of that kind's objects; also in the form TYPE/NAME. */
export const completeResources: Completer = async (context, args, word) => {
  const connection = await context.connect()
  const mapper = await connection.mapper()
  const namesOf = async (type: string): Promise<string[]> => {
    const resource = mapper.find(type)
    if (!resource) return []
    const objects = await connection.rest.list(resource, resource.namespaced ? connection.namespace : '', {}, 500)
    return objects.map(({ metadata }) => metadata.name ?? '')
  }
  const slash = word.indexOf('/')
  if (slash > 0) {
    const { type } = splitPair(`${word.slice(0, slash)}/x`)
    return (await namesOf(type)).map((name) => `${word.slice(0, slash)}/${name}`)
  }
  const [type] = args
  if (type === undefined || type.includes('/')) {
    const names = mapper.preferred().map(({ resource }) => resource)
    return [...new Set(names)]
  }
  const given = new Set(args.slice(1))
  return (await namesOf(type)).filter((name) => !given.has(name))
}

/** Completes names of one kind only. */
export function completeNames(type: string): Completer {
  return async (context, args, word) => {
    const names = await completeResources(context, [type, ...args], word.includes('/') ? '' : word)
    return names
  }
}

/** Completes pods by name, and other kinds that own pods as TYPE/NAME. */
export const completePods: Completer = async (context, args, word) => {
  if (args.length > 0) return []
  return word.includes('/') ? completeResources(context, [], word) : completeResources(context, ['pods'], word)
}
