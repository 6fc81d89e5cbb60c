import { describe, expect, it } from 'vitest'
import { HelpRequested, parseFlags, UserError } from './index.ts'

const flags = {
  kubeconfig: { type: 'string', describe: 'how to reach the API server', required: true },
  'secure-port': { type: 'number', describe: 'the port', default: 6443 },
  'leader-elect': { type: 'boolean', describe: 'take turns', default: true },
  storage: { type: 'string', describe: 'the store', choices: ['level', 'memory'], default: 'level' },
  'key-file': { type: 'array', describe: 'a key' },
  mode: { type: 'strings', describe: 'who decides', choices: ['Node', 'RBAC'], default: ['RBAC'] },
  timeout: { type: 'duration', describe: 'how long', default: '1m0s' },
  v: { type: 'number', describe: 'how much is logged', default: 0 },
} as const

const defaults = {
  kubeconfig: 'f',
  'secure-port': 6443,
  'leader-elect': true,
  storage: 'level',
  'key-file': undefined,
  mode: ['RBAC'],
  timeout: 60_000,
  v: 0,
}

describe('flags of a component', () => {
  it.each([
    { argv: [], want: {} },
    { argv: ['--secure-port=0', '--leader-elect=false'], want: { 'secure-port': 0, 'leader-elect': false } },
    { argv: ['--secure-port', '1', '--leader-elect'], want: { 'secure-port': 1 } },
    { argv: ['--secure-port=1', '--secure-port=2'], want: { 'secure-port': 2 } },
    { argv: ['--secure_port=1'], want: { 'secure-port': 1 } },
    { argv: ['--key-file=a,b', '--key-file', 'c'], want: { 'key-file': ['a,b', 'c'] } },
    { argv: ['--mode=Node,RBAC'], want: { mode: ['Node', 'RBAC'] } },
    { argv: ['--mode=Node', '--mode=RBAC'], want: { mode: ['Node', 'RBAC'] } },
    { argv: ['--timeout=1h1.5s'], want: { timeout: 3_601_500 } },
    { argv: ['-v=4'], want: { v: 4 } },
    { argv: ['-v', '2'], want: { v: 2 } },
    { argv: ['--v=2'], want: { v: 2 } },
    { argv: ['--storage='], want: undefined },
  ])('are parsed by their type, with defaults: $argv', ({ argv, want }) => {
    const parse = () => parseFlags('x', flags, ['--kubeconfig', 'f', ...argv])
    if (want) expect(parse()).toEqual({ ...defaults, ...want })
    else expect(parse).toThrow('invalid argument "" for "--storage" flag: "" is not one of level, memory')
  })

  it.each([
    { argv: ['--kubeconfig=f', '--nope'], want: 'unknown flag: --nope' },
    { argv: ['--kubeconfig=f', '--nope=1'], want: 'unknown flag: --nope' },
    { argv: ['--kubeconfig=f', '--no-leader-elect'], want: 'unknown flag: --no-leader-elect' },
    { argv: ['--kubeconfig=f', '-x'], want: "unknown shorthand flag: 'x' in -x" },
    { argv: [], want: '--kubeconfig is required' },
    { argv: ['--kubeconfig'], want: 'flag needs an argument: --kubeconfig' },
    {
      argv: ['--kubeconfig=f', '--secure-port=a'],
      want: 'invalid argument "a" for "--secure-port" flag: strconv.ParseInt: parsing "a": invalid syntax',
    },
    {
      argv: ['--kubeconfig=f', '--storage=sql'],
      want: 'invalid argument "sql" for "--storage" flag: "sql" is not one of level, memory',
    },
    {
      argv: ['--kubeconfig=f', '--mode=RBAC,ABAC'],
      want: 'invalid argument "RBAC,ABAC" for "--mode" flag: "ABAC" is not one of Node, RBAC',
    },
    {
      argv: ['--kubeconfig=f', '--leader-elect=si'],
      want: 'invalid argument "si" for "--leader-elect" flag: strconv.ParseBool: parsing "si": invalid syntax',
    },
    {
      argv: ['--kubeconfig=f', '--timeout=5'],
      want: 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"',
    },
    {
      argv: ['--kubeconfig=f', '--timeout=soon'],
      want: 'invalid argument "soon" for "--timeout" flag: time: invalid duration "soon"',
    },
    { argv: ['--kubeconfig=f', 'more'], want: '"x" does not take any arguments, got ["more"]' },
  ])('refuse $argv', ({ argv, want }) => {
    const parse = () => parseFlags('x', flags, argv)
    expect(parse).toThrow(UserError)
    expect(parse).toThrow(want)
  })

  it('print a help text, and the version', () => {
    expect(() => parseFlags('x', flags, ['--help'])).toThrow(HelpRequested)
    expect(() => parseFlags('x', flags, ['--help'])).toThrow('--secure-port NUMBER')
    expect(() => parseFlags('x', flags, ['--version'])).toThrow('Kubernetes v1.36.0')
  })
})
