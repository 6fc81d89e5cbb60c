import { describe, expect, it } from 'vitest'
import { FlagError, HelpWanted, parseLine, positionals } from './parse.ts'

const flags = {
  output: { type: 'string', short: 'o', describe: 'the format' },
  'all-namespaces': { type: 'boolean', short: 'A', describe: 'everywhere' },
  stdin: { type: 'boolean', short: 'i', describe: 'input' },
  tty: { type: 'boolean', short: 't', describe: 'terminal' },
  replicas: { type: 'int', short: 'r', default: '1', describe: 'how many' },
  'dry-run': { type: 'string', default: 'none', optional: 'unchanged', describe: 'do not write' },
  filename: { type: 'strings', short: 'f', describe: 'files' },
  literal: { type: 'array', describe: 'values' },
  timeout: { type: 'duration', default: '30s', describe: 'how long' },
  watch: { type: 'boolean', default: 'true', describe: 'wait' },
} as const

describe('a command line', () => {
  it.each([
    { argv: ['-o', 'wide', 'pods'], want: { output: 'wide' }, args: ['pods'] },
    { argv: ['pods', '-owide'], want: { output: 'wide' }, args: ['pods'] },
    { argv: ['-o=wide'], want: { output: 'wide' }, args: [] },
    { argv: ['--output=jsonpath={.a}="b"'], want: { output: 'jsonpath={.a}="b"' }, args: [] },
    { argv: ['--output', '-'], want: { output: '-' }, args: [] },
    { argv: ['--output='], want: { output: '' }, args: [] },
    { argv: ['-it', 'p'], want: { stdin: true, tty: true }, args: ['p'] },
    { argv: ['-Ao', 'yaml'], want: { 'all-namespaces': true, output: 'yaml' }, args: [] },
    { argv: ['-r', '-3'], want: { replicas: -3 }, args: [] },
    { argv: ['--dry-run', 'server'], want: { 'dry-run': 'unchanged' }, args: ['server'] },
    { argv: ['--dry-run=server'], want: { 'dry-run': 'server' }, args: [] },
    { argv: ['--all_namespaces'], want: { 'all-namespaces': true }, args: [] },
    { argv: ['--watch=false'], want: { watch: false }, args: [] },
    { argv: ['-f', 'a,b', '-f', '"c,d"'], want: { filename: ['a', 'b', 'c,d'] }, args: [] },
    { argv: ['--literal', 'a=b,c', '--literal=d'], want: { literal: ['a=b,c', 'd'] }, args: [] },
    { argv: ['--timeout=1m30s'], want: { timeout: 90_000 }, args: [] },
    { argv: ['a', '--', '-o', 'x'], want: { output: '' }, args: ['a', '-o', 'x'] },
    { argv: ['-'], want: {}, args: ['-'] },
  ])('reads $argv', ({ argv, want, args }) => {
    const line = parseLine(flags, argv)
    expect(line.values).toMatchObject(want)
    expect(line.args).toEqual(args)
  })

  it('says where the double dash stood, and which flags were given', () => {
    const line = parseLine(flags, ['p', '-i', '--', 'ls', '-l'])
    expect(line.dash).toBe(1)
    expect([...line.changed]).toEqual(['stdin'])
    expect(parseLine(flags, ['p']).dash).toBe(-1)
  })

  it.each([
    { argv: ['--nope'], want: 'unknown flag: --nope' },
    { argv: ['-Z'], want: "unknown shorthand flag: 'Z' in -Z" },
    { argv: ['-iZ'], want: "unknown shorthand flag: 'Z' in -Z" },
    { argv: ['--output'], want: 'flag needs an argument: --output' },
    { argv: ['-o'], want: "flag needs an argument: 'o' in -o" },
    { argv: ['--=x'], want: 'bad flag syntax: --=x' },
    {
      argv: ['-r', 'x'],
      want: 'invalid argument "x" for "-r, --replicas" flag: strconv.ParseInt: parsing "x": invalid syntax',
    },
    {
      argv: ['-A=x'],
      want: 'invalid argument "x" for "-A, --all-namespaces" flag: strconv.ParseBool: parsing "x": invalid syntax',
    },
    { argv: ['--timeout=5'], want: 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"' },
  ])('refuses $argv in the words of pflag', ({ argv, want }) => {
    expect(() => parseLine(flags, argv)).toThrow(new FlagError(want))
  })

  it.each([['-h'], ['--help'], ['-ih']])('asks for help with %s', (word) => {
    expect(() => parseLine(flags, [word])).toThrow(HelpWanted)
  })

  it('has its positional words found before its command is known', () => {
    expect(positionals(flags, ['-o', 'wide', 'get', '-A', 'pods', '--', 'x'])).toEqual([2, 4])
  })
})
