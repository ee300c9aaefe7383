/**
 * `proxy`: beside another DHCP server, which keeps giving the addresses, as a home router does. `full`: the only DHCP server
 * of its network.
 */
export type DhcpMode =
  | { mode: 'proxy'; subnet: string }
  | { mode: 'full'; first: string; last: string /** The way out, which knows names, too. */; gateway: string };

export type DnsmasqOptions = DhcpMode & {
  /** Network interface. */
  interface: string;
  /** Folder with the first-stage loaders. */
  tftpRoot: string;
  /** The boot service as machines reach it. */
  server: string;
};

/** First-stage loaders by the client's architecture (RFC 4578): 7 and 9 are x86-64 UEFI. */
const EFI = 'ipxe-amd64.efi';
const BIOS = 'undionly.kpxe';

/** Configuration of dnsmasq: addresses (or none), and the way to the first-stage loader. iPXE itself is sent to HTTP at once. */
export function dnsmasqConfig(options: DnsmasqOptions): string {
  const script = `${options.server}/boot.ipxe`;
  return `${[
    '# Written by the network boot service. Only DHCP and TFTP: names are not served.',
    'port=0',
    `interface=${options.interface}`,
    'bind-interfaces',
    // A ping before each offer takes three seconds, which firmware and installers do not always wait.
    'no-ping',
    'log-dhcp',
    'enable-tftp',
    `tftp-root=${options.tftpRoot}`,
    'tftp-max=32',
    // Without this mark iPXE would load itself again, for ever.
    'dhcp-userclass=set:ipxe,iPXE',
    'dhcp-match=set:efi64,option:client-arch,7',
    'dhcp-match=set:efi64,option:client-arch,9',
    ...(options.mode === 'full'
      ? [
          `dhcp-range=${options.first},${options.last},1h`,
          `dhcp-option=option:router,${options.gateway}`,
          // Debian's installer stops to ask where nobody names one.
          `dhcp-option=option:dns-server,${options.gateway}`,
          `dhcp-boot=tag:ipxe,${script}`,
          `dhcp-boot=tag:!ipxe,tag:efi64,${EFI}`,
          `dhcp-boot=tag:!ipxe,tag:!efi64,${BIOS}`,
        ]
      : [
          `dhcp-range=${options.subnet},proxy`,
          `pxe-service=tag:!ipxe,X86PC,"Twin",${BIOS}`,
          `pxe-service=tag:!ipxe,X86-64_EFI,"Twin",${EFI}`,
          `pxe-service=tag:!ipxe,BC_EFI,"Twin",${EFI}`,
          // iPXE asks a proxy in this way, too.
          `pxe-service=tag:ipxe,X86PC,"Twin",${script}`,
          `pxe-service=tag:ipxe,X86-64_EFI,"Twin",${script}`,
          `pxe-service=tag:ipxe,BC_EFI,"Twin",${script}`,
          `dhcp-boot=tag:ipxe,${script}`,
        ]),
  ].join('\n')}\n`;
}

/** iPXE from TFTP runs a file of this name before anything else. */
export const autoexecScript = (server: string): string => `#!ipxe
dhcp || exit 1
chain --autofree ${server}/boot.ipxe || exit 1
`;
