import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { run } from '../../harness/run.ts'
import { toolPath } from '../../harness/tools.ts'

const corpus = process.env.WHERRY_EXAMPLES ?? ''

interface Row {
  verdict: string
  file: string
  /** Words of kubectl's answer to a file that is refused. */
  reason: string
}

const rows: Row[] = readFileSync(join(import.meta.dirname, 'expected.tsv'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => {
    const [verdict = '', file = '', reason = ''] = line.split('\t')
    return { verdict, file, reason }
  })

describe('the manifests of kubernetes/examples', () => {
  const there = corpus === '' ? [] : rows.filter(({ file }) => existsSync(join(corpus, file)))
  if (there.length === 0) {
    it('are recorded, and judged where WHERRY_EXAMPLES names a checkout', () => {
      console.log('left out: the manifests of kubernetes/examples: WHERRY_EXAMPLES names no checkout of them')
      expect(rows.filter(({ verdict }) => verdict === 'accepted').length).toBeGreaterThan(200)
      expect(rows.filter(({ verdict, reason }) => verdict === 'rejected' && reason === '')).toEqual([])
    })
    return
  }

  it.concurrent.each(there)('$file is $verdict', async ({ verdict, file, reason }) => {
    const args = ['apply', '--dry-run=server', '-f', join(corpus, file)]
    const env = { KUBECONFIG: inject('kubeconfig') }
    const { code, stdout, stderr } = await run(toolPath('kubectl', '1.36'), args, { env })
    const answer = `${stdout}${stderr}`
    if (verdict === 'accepted') expect(code, answer).toBe(0)
    else {
      expect(code, answer).not.toBe(0)
      expect(answer).toContain(reason)
    }
  })

  it('are all known to the record', () => {
    const known = new Set(rows.map(({ file }) => file))
    const files = readdirSync(corpus, { recursive: true, encoding: 'utf8' })
    const found = files.filter((file) => /\.(ya?ml|json)$/.test(file) && !known.has(file))
    if (found.length > 0) console.log(`not judged, since the record does not know them:\n${found.join('\n')}`)
  })
})
