import type { Pod, PodSpec, WindowsSecurityContextOptions } from '@wherry/api'
import { deepFreeze, formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { setPodDefaults } from '../defaults.ts'
import { validatePod } from './pod.ts'
import { validateWindowsOptions } from './windows.ts'

function errorsOf(spec: Partial<PodSpec>, annotations: Record<string, string> = {}): string[] {
  const pod: Pod = {
    metadata: { name: 'p', annotations },
    spec: { containers: [{ name: 'c', image: 'a:1' }], ...spec },
  }
  setPodDefaults(pod)
  return validatePod(deepFreeze(pod)).map(formatFieldError)
}
const at = 'spec.containers[0]'

describe('the system that a pod names', () => {
  it.each<{ name: string; spec: Partial<PodSpec>; want: string[] }>([
    { name: 'linux', spec: { os: { name: 'linux' }, securityContext: { runAsUser: 1 } }, want: [] },
    { name: 'windows', spec: { os: { name: 'windows' } }, want: [] },
    { name: 'none', spec: { os: { name: '' } }, want: ['spec.os.name: Required value: cannot be empty'] },
    {
      name: 'another',
      spec: { os: { name: 'dos' } },
      want: ['spec.os: Unsupported value: "dos": supported values: "linux", "windows"'],
    },
    {
      name: 'linux with options of windows',
      spec: {
        os: { name: 'linux' },
        securityContext: { windowsOptions: { runAsUserName: 'a' } },
        containers: [{ name: 'c', image: 'a:1', securityContext: { windowsOptions: { runAsUserName: 'a' } } }],
      },
      want: [
        'spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
        `${at}.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod`,
      ],
    },
    {
      name: 'windows with what linux has',
      spec: {
        os: { name: 'windows' },
        hostPID: true,
        shareProcessNamespace: true,
        securityContext: { runAsUser: 1, fsGroup: 1, sysctls: [{ name: 'kernel.shm', value: '1' }] },
        containers: [{ name: 'c', image: 'a:1', securityContext: { privileged: true, procMount: 'Default' } }],
      },
      want: [
        'spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled',
        'spec.hostPID: Forbidden: cannot be set for a windows pod',
        'spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod',
        'spec.securityContext.sysctls: Forbidden: cannot be set for a windows pod',
        'spec.shareProcessNamespace: Forbidden: cannot be set for a windows pod',
        'spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod',
        `${at}.securityContext.privileged: Forbidden: cannot be set for a windows pod`,
        `${at}.securityContext.procMount: Forbidden: cannot be set for a windows pod`,
      ],
    },
    {
      name: 'host processes without the host’s network',
      spec: { securityContext: { windowsOptions: { hostProcess: true } } },
      want: [
        'spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers',
      ],
    },
    {
      name: 'host processes beside others',
      spec: {
        hostNetwork: true,
        containers: [
          { name: 'c', image: 'a:1', securityContext: { windowsOptions: { hostProcess: true } } },
          { name: 'd', image: 'a:1' },
        ],
      },
      want: [
        'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
      ],
    },
  ])('is $name', ({ spec, want }) => {
    expect(errorsOf(spec)).toEqual(want)
  })
})

describe('options of windows', () => {
  const name = 'runAsUserName'
  it.each<{ options: WindowsSecurityContextOptions; want: string[] }>([
    { options: { gmsaCredentialSpecName: 'a-b.c', gmsaCredentialSpec: 'x', runAsUserName: 'DOMAIN\\user' }, want: [] },
    { options: { runAsUserName: 'Container User' }, want: [] },
    { options: { runAsUserName: 'sub.domain-1\\user' }, want: [] },
    { options: { gmsaCredentialSpec: '' }, want: ['gmsaCredentialSpec cannot be an empty string'] },
    { options: { gmsaCredentialSpec: 'x'.repeat(65537) }, want: ['gmsaCredentialSpec size must be under 64 KiB'] },
    { options: { runAsUserName: '' }, want: [`${name} cannot be an empty string`] },
    { options: { runAsUserName: 'a\tb' }, want: [`${name} cannot contain control characters`] },
    { options: { runAsUserName: 'a\\b\\c' }, want: [`${name} cannot contain more than one backslash`] },
    { options: { runAsUserName: 'a\\' }, want: [`${name}'s User cannot be empty`] },
    {
      options: { runAsUserName: `a\\${'b'.repeat(105)}` },
      want: [`${name}'s User length must not be longer than 104 characters`],
    },
    { options: { runAsUserName: '.a\\b' }, want: [`${name}'s Domain doesn't match the NetBios nor the DNS format`] },
    { options: { runAsUserName: '... ' }, want: [`${name}'s User cannot contain only periods or spaces`] },
    {
      options: { runAsUserName: 'a@b' },
      want: [`${name}'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]`],
    },
  ])('$options', ({ options, want }) => {
    expect(validateWindowsOptions(options, 'f').map(({ detail }) => detail)).toEqual(want)
  })
})

describe('annotations of a pod', () => {
  const appArmor = 'container.apparmor.security.beta.kubernetes.io/'
  it.each<{ annotations: Record<string, string>; spec?: Partial<PodSpec>; want: string[] }>([
    { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5', [`${appArmor}c`]: 'localhost/x' }, want: [] },
    {
      annotations: { 'controller.kubernetes.io/pod-deletion-cost': '+1' },
      want: [
        'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer',
      ],
    },
    {
      annotations: { 'kubernetes.io/config.mirror': '' },
      want: [
        'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "": must set spec.nodeName if mirror pod annotation is set',
      ],
    },
    {
      annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'localhost/../foo' },
      want: [
        `metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "../foo": must not contain '..'`,
      ],
    },
    {
      annotations: { [`${appArmor}x`]: 'other' },
      want: [
        `metadata.annotations[${appArmor}x]: Invalid value: "x": container not found`,
        `metadata.annotations[${appArmor}x]: Invalid value: "other": invalid AppArmor profile name: "other"`,
      ],
    },
    {
      annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' },
      spec: { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
      want: ['spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match'],
    },
  ])('$annotations', ({ annotations, spec = {}, want }) => {
    expect(errorsOf(spec, annotations)).toEqual(want)
  })
})

describe('the restart policy of a container', () => {
  it.each<{ name: string; fields: object; want: string[] }>([
    {
      name: 'with rules',
      fields: {
        restartPolicy: 'Never',
        restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
      },
      want: [],
    },
    {
      name: 'only in its rules',
      fields: { restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] },
      want: [`${at}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`],
    },
    {
      name: 'unknown',
      fields: { restartPolicy: 'Often', restartPolicyRules: [{ action: 'Stop' }] },
      want: [
        `${at}.restartPolicy: Unsupported value: "Often": supported values: "Always", "Never", "OnFailure"`,
        `${at}.restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart"`,
        `${at}.restartPolicyRules[0].exitCodes: Required value: must be specified`,
      ],
    },
  ])('is $name', ({ fields, want }) => {
    expect(errorsOf({ containers: [{ name: 'c', image: 'a:1', ...fields }] })).toEqual(want)
  })
})
