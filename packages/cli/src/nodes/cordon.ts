import type { Connection } from '../access/connection.ts'
import type { DryRun } from '../access/dry-run.ts'
import { operationOf } from '../access/dry-run.ts'
import { type Found, visitTargets } from '../access/targets.ts'
import type { Context } from '../context.ts'
import { dig } from '../objects/json.ts'

/** Visits nodes by name, as `NAME` or `node/NAME`, or by label. */
export async function nodesFor(
  context: Context,
  names: readonly string[],
  selector: string,
  visit: (found: Found, connection: Connection) => Promise<void>,
): Promise<void> {
  const args = selector === '' ? names.map((name) => (name.includes('/') ? name : `nodes/${name}`)) : ['nodes']
  await visitTargets(context, { args, selector }, visit)
}

/** Makes a node take new pods or none, and says so. */
export async function cordonNode(
  context: Context,
  connection: Connection,
  found: Found,
  cordon: boolean,
  dryRun: DryRun,
): Promise<void> {
  const word = cordon ? 'cordoned' : 'uncordoned'
  const is = dig(found.object, 'spec', 'unschedulable') === true
  if (is === cordon) {
    context.print(`node/${found.name} ${operationOf(`already ${word}`, dryRun)}\n`)
    return
  }
  if (dryRun !== 'client') {
    const query = dryRun === 'server' ? { dryRun: 'All' } : {}
    await connection.rest.patch(found, 'strategic', { spec: { unschedulable: cordon ? true : null } }, query)
  }
  context.print(`node/${found.name} ${operationOf(word, dryRun)}\n`)
}
