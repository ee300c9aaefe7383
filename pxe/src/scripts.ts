/** Scripts for iPXE. `server` is the address of this service as machines reach it, without a slash at the end. */

/** The first script of every machine, the same for all: asks for the machine's own. */
export const chainScript = (server: string): string => `#!ipxe
chain --autofree ${server}/boot?mac=\${mac:hexhyp} || exit 1
`;

/**
 * Sends the machine to its disk. A BIOS may not know what comes after the network, so the disk is started directly; UEFI
 * goes on to its next entry only when this one says that it failed.
 */
export const diskScript = (): string => `#!ipxe
iseq \${platform} pcbios && sanboot --no-describe --drive 0x80 ||
exit 1
`;

/** Starts the installer. Where its files do not come through, the machine goes to its disk and tries again at the next start. */
export const installScript = (server: string, token: string): string => `#!ipxe
imgfree
kernel ${server}/files/vmlinuz initrd=initrd.gz twin.server=${server} twin.token=${token} console=tty0 console=ttyS0,115200n8 quiet panic=30 || exit 1
initrd ${server}/files/initrd.gz || exit 1
boot || exit 1
`;

/** The same with Debian's own installer, which fetches its answers by the token. */
export const installerScript = (server: string, token: string, name: string): string => `#!ipxe
imgfree
kernel ${server}/files/di-linux initrd=di-initrd.gz auto=true priority=critical url=${server}/install/${token}/preseed.cfg \
 interface=auto hostname=${name} domain=home netcfg/dhcp_timeout=60 netcfg/link_wait_timeout=10 hw-detect/load_firmware=false \
 DEBIAN_FRONTEND=text vga=off --- console=tty0 console=ttyS0,115200n8 || exit 1
initrd ${server}/files/di-initrd.gz || exit 1
boot || exit 1
`;
