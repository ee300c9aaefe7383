import { describe, expect, test } from 'vitest';
import { autoexecScript, dnsmasqConfig } from './dnsmasq.js';
import { authorizedKeys } from './install-config.js';
import { diskScript, installScript } from './scripts.js';

const common = { interface: 'eth0', tftpRoot: '/srv/tftp', server: 'http://10.0.0.1:8100' };

describe('what machines are told', () => {
  test('beside a router no address is given out, and a loader for each firmware', () => {
    const lines = dnsmasqConfig({ ...common, mode: 'proxy', subnet: '10.0.0.0' }).split('\n');
    expect(lines.filter((line) => line.startsWith('dhcp-range'))).toEqual(['dhcp-range=10.0.0.0,proxy']);
    expect(lines.some((line) => line.includes('option:router'))).toBe(false);
    expect(lines).toContain('pxe-service=tag:!ipxe,X86PC,"Twin",undionly.kpxe');
    expect(lines).toContain('pxe-service=tag:!ipxe,X86-64_EFI,"Twin",ipxe-amd64.efi');
  });

  test.each(['proxy', 'full'] as const)('iPXE itself is never sent to a loader again: %s', (mode) => {
    const options = { subnet: '10.0.0.0', first: '10.0.0.9', last: '10.0.0.20', gateway: '10.0.0.1' };
    const lines = dnsmasqConfig({ ...common, ...options, mode }).split('\n');
    for (const line of lines.filter((line) => /undionly|\.efi/.test(line))) expect(line).toContain('tag:!ipxe');
    expect(lines).toContain('dhcp-boot=tag:ipxe,http://10.0.0.1:8100/boot.ipxe');
    expect(lines).toContain('port=0');
  });

  test('each script begins as one and ends in a way out', () => {
    for (const script of [diskScript(), installScript(common.server, 'ab'), autoexecScript(common.server)]) {
      expect(script.split('\n')[0]).toBe('#!ipxe');
      expect(script.trimEnd()).toMatch(/exit 1$/);
    }
    expect(installScript(common.server, 'ab')).toContain('twin.server=http://10.0.0.1:8100 twin.token=ab ');
  });

  test('only lines with a key go to a machine', () => {
    expect(authorizedKeys('# mine\n\nssh-ed25519 AAAA me\n  ecdsa-sha2-nistp256 BBBB\nnonsense\n')).toEqual([
      'ssh-ed25519 AAAA me',
      'ecdsa-sha2-nistp256 BBBB',
    ]);
  });
});
