import { describe, expect, it } from 'vitest'
import { HelpRequested, parseFlags, UserError } from './index.ts'

const flags = {
  kubeconfig: { type: 'string', describe: 'how to reach the API server', required: true },
  'secure-port': { type: 'number', describe: 'the port', default: 6443 },
  'leader-elect': { type: 'boolean', describe: 'take turns', default: true },
  storage: { type: 'string', describe: 'the store', choices: ['level', 'memory'], default: 'level' },
} as const

describe('flags of a component', () => {
  it('are parsed by their type, with defaults', () => {
    const values = parseFlags('x', flags, ['--kubeconfig', 'f', '--secure-port=0', '--leader-elect=false'])
    expect(values).toEqual({ kubeconfig: 'f', 'secure-port': 0, 'leader-elect': false, storage: 'level' })
  })

  it.each([
    { argv: ['--kubeconfig=f', '--nope'], want: 'unknown flag: --nope; see --help' },
    { argv: [], want: '--kubeconfig is required' },
    { argv: ['--kubeconfig=f', '--secure-port=a'], want: 'invalid argument for --secure-port: "a" is not a number' },
    { argv: ['--kubeconfig=f', '--storage=sql'], want: '"sql" is not one of level, memory' },
    { argv: ['--kubeconfig=f', '--leader-elect=si'], want: '"si" is neither true nor false' },
    { argv: ['--kubeconfig=f', 'more'], want: 'unexpected argument "more"' },
  ])('refuse $argv', ({ argv, want }) => {
    const parse = () => parseFlags('x', flags, argv)
    expect(parse).toThrow(UserError)
    expect(parse).toThrow(want)
  })

  it('print a help text', () => {
    expect(() => parseFlags('x', flags, ['--help'])).toThrow(HelpRequested)
    expect(() => parseFlags('x', flags, ['--help'])).toThrow('--secure-port NUMBER')
  })
})
