import { isQualifiedName, isValidLabelValue } from '@wherry/apimachinery'
import type { Taint } from '@wherry/api'
import { dryRunOf } from '../access/dry-run.ts'
import { typesIn } from '../access/arguments.ts'
import { visitTargets } from '../access/targets.ts'
import { defineCommand } from '../command.ts'
import { completeNames } from '../complete.ts'
import { CommandError, UsageError } from '../errors.ts'
import { dryRunFlag, fieldManagerFlag, printFlags, selectorFlag, validateFlag } from '../flags/shared.ts'
import { dig, list, text } from '../objects/json.ts'
import { Reporter } from '../printers/report.ts'

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** Taints to set and taints to remove; one without an effect stands for all effects of its key. */
export interface TaintChanges {
  set: Taint[]
  remove: { key: string; effect: string }[]
}

/** Reads `KEY=VALUE:EFFECT`, `KEY:EFFECT`, `KEY:EFFECT-` and `KEY-`. Throws in kubectl's words. */
export function parseTaints(specs: readonly string[]): TaintChanges {
  const changes: TaintChanges = { set: [], remove: [] }
  const unique = new Map<string, Set<string>>()
  for (const spec of specs) {
    const removes = spec.endsWith('-')
    const [pair = '', effect, ...more] = (removes ? spec.slice(0, -1) : spec).split(':')
    const [key = '', value = '', ...rest] = effect === undefined ? [pair] : pair.split('=')
    if (more.length > 0 || rest.length > 0) throw new UsageError(`invalid taint spec: ${spec}`)
    if (effect && !effects.includes(effect)) {
      throw new UsageError(`invalid taint effect: ${effect}, unsupported taint effect`)
    }
    const [problem] = [...isQualifiedName(key), ...isValidLabelValue(value)]
    if (problem) throw new UsageError(`invalid taint spec: ${spec}, ${problem}`)
    if (!removes && !effect) throw new UsageError(`invalid taint spec: ${spec}`)
    if (removes) {
      changes.remove.push({ key, effect: effect ?? '' })
      continue
    }
    const seen = unique.get(effect ?? '') ?? new Set()
    if (seen.has(key))
      throw new CommandError(`duplicated taints with the same key and effect: {${key} ${value} ${effect} <nil>}`)
    unique.set(effect ?? '', seen.add(key))
    changes.set.push({ key, ...(value !== '' && { value }), effect: effect ?? '' })
  }
  return changes
}

/** The node's taints after the changes, and how the message about it ends. Throws in kubectl's words. */
export function changeTaints(node: string, old: readonly Taint[], { set, remove }: TaintChanges, overwrite: boolean) {
  const same = (a: { key: string; effect: string }, b: { key: string; effect: string }) =>
    a.key === b.key && a.effect === b.effect
  if (!overwrite) {
    const exists = set.filter((taint) => old.some((other) => same(taint, other)))
    if (exists.length > 0) {
      const keys = exists.map(({ key }) => key).join(',')
      throw new CommandError(`node ${node} already has ${keys} taint(s) with same effect(s) and --overwrite is false`)
    }
  }
  for (const { key, effect } of remove) {
    if (!old.some((taint) => taint.key === key && (effect === '' || taint.effect === effect))) {
      throw new CommandError(`taint ${JSON.stringify(effect === '' ? key : `${key}:${effect}`)} not found`)
    }
  }
  const kept = old.filter(
    (taint) =>
      !set.some((other) => same(taint, other)) &&
      !remove.some(({ key, effect }) => taint.key === key && (effect === '' || taint.effect === effect)),
  )
  const added = set.some((taint) => !old.some((other) => same(taint, other)))
  const operation = overwrite || (added && remove.length > 0) ? 'modified' : added ? 'tainted' : 'untainted'
  return { taints: [...set, ...kept], operation }
}

export const taintCommand = defineCommand({
  use: 'taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  short: 'Change the taints of nodes',
  long: `Change the taints of nodes.

 A taint has a key, may have a value, and has an effect: NoSchedule, PreferNoSchedule or NoExecute.`,
  examples: `# Keep pods away that do not tolerate it
$ taint nodes one dedicated=team-a:NoSchedule

# Remove one effect, and all effects of a key
$ taint nodes one dedicated:NoSchedule-
$ taint nodes one dedicated-`,
  complete: completeNames('nodes'),
  flags: {
    ...printFlags,
    ...selectorFlag,
    ...dryRunFlag,
    ...validateFlag,
    ...fieldManagerFlag('kubectl-taint'),
    all: { type: 'boolean', describe: 'All nodes.' },
    overwrite: { type: 'boolean', describe: 'Change taints that are there already.' },
  },
  async run(context, { args, flags }) {
    const split = args.findIndex((arg) => /[=:]/.test(arg) || arg.endsWith('-'))
    const resources = split === -1 ? args : args.slice(0, split)
    const specs = split === -1 ? [] : args.slice(split)
    const stray = specs.find((arg) => !/[=:]/.test(arg) && !arg.endsWith('-'))
    if (stray !== undefined) throw new CommandError(`all resources must be specified before taint changes: ${stray}`)
    if (resources.length < 1) throw new CommandError('one or more resources must be specified as <resource> <name>')
    if (specs.length === 0) throw new CommandError('at least one taint update is required')
    const changes = parseTaints(specs)
    const [type = ''] = resources
    const mapper = await (await context.connect()).mapper(typesIn([type]))
    const resource = mapper.resolve(type.split('/')[0] ?? type)
    if (resource.kind !== 'Node') throw new CommandError(`invalid resource type ${type}, only node types are supported`)
    if (flags.all && flags.selector !== '')
      throw new CommandError("setting 'all' parameter with a non empty selector is prohibited")
    if (resources.length < 2 && !type.includes('/') && !flags.all && flags.selector === '') {
      throw new CommandError("at least one resource name must be specified since 'all' parameter is not set")
    }
    const dryRun = dryRunOf(context, flags['dry-run'])
    const reporter = new Reporter(context, flags, dryRun)
    const request = { args: resources, selector: flags.selector, all: flags.all }
    await visitTargets(context, request, async (found, connection) => {
      const old = list(dig(found.object, 'spec', 'taints')).map((taint) => ({
        key: text(dig(taint, 'key')),
        effect: text(dig(taint, 'effect')),
        ...(dig(taint, 'value') !== undefined && { value: text(dig(taint, 'value')) }),
        ...(dig(taint, 'timeAdded') !== undefined && { timeAdded: text(dig(taint, 'timeAdded')) }),
      }))
      const { taints, operation } = changeTaints(found.name, old, changes, flags.overwrite)
      const query = { fieldManager: flags['field-manager'], ...(dryRun === 'server' && { dryRun: 'All' }) }
      const patch = { spec: { taints: taints.length === 0 ? null : taints } }
      const after = dryRun === 'client' ? found.object : await connection.rest.patch(found, 'strategic', patch, query)
      await reporter.print(after, operation)
    })
  },
})
