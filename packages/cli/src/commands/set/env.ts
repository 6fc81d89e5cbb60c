import { isEnvVarName } from '@wherry/apimachinery'
import { splitPair } from '../../access/arguments.ts'
import { readAll } from '../../access/manifests.ts'
import { fetchTargets, resolveTargets } from '../../access/targets.ts'
import { defineCommand } from '../../command.ts'
import { completeResources } from '../../complete.ts'
import type { Context } from '../../context.ts'
import { CommandError, UsageError } from '../../errors.ts'
import { dig, isObject, type JsonObject, list, record, text } from '../../objects/json.ts'
import { containersIn, podSpecOf } from '../../objects/pod-spec.ts'
import { parseEnvLines } from '../create/data-sources.ts'
import { resourcesAndPairs } from '../label.ts'
import { selectNames } from './select-names.ts'
import { changeObjects, setFlags } from './template-verb.ts'

export const setEnvCommand = defineCommand({
  use: 'set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N',
  short: 'Update environment variables on a pod template',
  examples: `# Set one
$ set env deployment/web MODE=fast

# Remove it
$ set env deployment/web MODE-

# Show them
$ set env deployment/web --list

# From a ConfigMap, each with a prefix
$ set env deployment/web --from=configmap/settings --prefix=APP_`,
  complete: completeResources,
  flags: {
    ...setFlags,
    containers: { type: 'string', short: 'c', default: '*', describe: 'Names of the containers; may have wildcards.' },
    env: { type: 'array', short: 'e', describe: 'A variable as KEY=VALUE.' },
    from: { type: 'string', describe: 'A ConfigMap or Secret whose keys become variables.' },
    keys: { type: 'strings', describe: 'With --from: only these keys.' },
    list: { type: 'boolean', describe: 'Show the variables.' },
    overwrite: { type: 'boolean', default: 'true', describe: 'Change variables that are there already.' },
    prefix: { type: 'string', describe: 'With --from: what goes before the names.' },
    resolve: { type: 'boolean', describe: 'With --list: show values that come from ConfigMaps and Secrets.' },
  },
  async run(context, { args, flags }) {
    const fromStdin = args.includes('-')
    const { resources, changes } = resourcesAndPairs(
      [...args.filter((arg) => arg !== '-'), ...flags.env],
      'environment variable',
    )
    if (resources.length === 0 && flags.filename.length === 0) {
      throw new UsageError('one or more resources must be specified as <resource> <name> or <resource>/<name>')
    }
    const variables: JsonObject[] = Object.entries(changes.set).map(([name, value]) => ({ name, value }))
    if (fromStdin) {
      for (const [name, value] of parseEnvLines(await readAll(context.stdin), 'STDIN', context.env))
        variables.push({ name, value })
    }
    if (flags.from !== '') variables.push(...(await variablesFrom(context, flags)))
    for (const { name } of variables) {
      const [problem] = isEnvVarName(text(name))
      if (problem) throw new CommandError(`${JSON.stringify(name)} is not a valid key name: ${problem}`)
    }
    if (flags.list) {
      await showVariables(context, resources, flags)
      return
    }
    await changeObjects(context, resources, flags, 'env updated', (object) => {
      const spec = podSpecOf(object)
      const containers = selectNames([...containersIn(spec, 'initContainers'), ...containersIn(spec)], flags.containers)
      for (const container of containers) {
        const before = list(container.env).filter(isObject)
        if (!flags.overwrite) {
          const clash = variables.find(({ name }) => before.some((one) => one.name === name))
          if (clash)
            throw new CommandError(
              `'${text(clash.name)}' already has a value (${text(before.find((one) => one.name === clash.name)?.value)}), and --overwrite is false`,
            )
        }
        const kept = before.filter(({ name }) => !changes.remove.includes(text(name)))
        const changed = kept.map((one) => variables.find(({ name }) => name === one.name) ?? one)
        const added = variables.filter(({ name }) => !kept.some((one) => one.name === name))
        if (variables.length > 0 || kept.length < before.length) container.env = [...changed, ...added]
      }
    })
  },
})

interface FromFlags {
  readonly from: string
  readonly keys: readonly string[]
  readonly prefix: string
}

async function variablesFrom(context: Context, { from, keys, prefix }: FromFlags): Promise<JsonObject[]> {
  const connection = await context.connect()
  const { type, name } = splitPair(from)
  const kind = (await connection.mapper([type])).resolve(type)
  const source = await connection.rest.get({ kind, namespace: connection.namespace, name })
  if (source.kind !== 'ConfigMap' && source.kind !== 'Secret') {
    throw new CommandError(`unsupported resource specified in --from`)
  }
  const refName = source.kind === 'ConfigMap' ? 'configMapKeyRef' : 'secretKeyRef'
  return Object.keys(record(source.data))
    .sort()
    .filter((key) => keys.length === 0 || keys.includes(key))
    .map((key) => {
      const variable = envName(key)
      if (variable !== key) context.warn(`Warning: key ${key} transferred to ${variable}\n`)
      return { name: prefix + variable, valueFrom: { [refName]: { name, key } } }
    })
}

/** A key as the name of a variable: upper case, and no sign that a shell would trip over. */
function envName(key: string): string {
  return key.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')
}

interface ListFlags {
  readonly filename: readonly string[]
  readonly recursive: boolean
  readonly selector: string
  readonly all: boolean
  readonly containers: string
  readonly resolve: boolean
}

async function showVariables(context: Context, resources: readonly string[], flags: ListFlags): Promise<void> {
  const connection = await context.connect()
  const { filename, recursive, selector, all } = flags
  const targets = await resolveTargets(context, connection, { args: resources, filename, recursive, selector, all })
  const { found, errors } = await fetchTargets(connection, targets)
  for (const { kind, name, namespace, object } of found) {
    const spec = podSpecOf(object)
    for (const container of selectNames(
      [...containersIn(spec), ...containersIn(spec, 'initContainers')],
      flags.containers,
    )) {
      context.print(`# ${kind.kind} ${name}, container ${text(container.name)}\n`)
      for (const variable of list(container.env)) {
        const shown = isObject(dig(variable, 'valueFrom'))
          ? await fromText(context, variable, namespace, flags.resolve)
          : undefined
        const key = text(dig(variable, 'name'))
        context.print(shown === undefined ? `${key}=${text(dig(variable, 'value'))}\n` : `${shown(key)}\n`)
      }
    }
  }
  if (errors.length > 0) throw errors[0]
}

async function fromText(
  context: Context,
  variable: unknown,
  namespace: string,
  resolve: boolean,
): Promise<(key: string) => string> {
  for (const [field, type] of [
    ['configMapKeyRef', 'configmap'],
    ['secretKeyRef', 'secret'],
  ] as const) {
    const ref = dig(variable, 'valueFrom', field)
    if (!isObject(ref)) continue
    if (!resolve) return (key) => `# ${key} from ${type} ${text(ref.name)}, key ${text(ref.key)}`
    const connection = await context.connect()
    const kind = (await connection.mapper([type])).resolve(type)
    const source = await connection.rest.get({ kind, namespace, name: text(ref.name) })
    const value = text(dig(source, 'data', text(ref.key)))
    const plain = type === 'secret' ? Buffer.from(value, 'base64').toString('utf8') : value
    return (key) => `${key}=${plain}`
  }
  const path = text(dig(variable, 'valueFrom', 'fieldRef', 'fieldPath'))
  return (key) => `# ${key} from field path ${path}`
}
