#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# build.sh FOLDER: makes FOLDER/tiny.qcow2, a disk of some 25 MB that boots on x86-64 in seconds even where the processor is
# emulated. It is put together from Debian's packages: the kernel for clouds, which is unpacked and not installed, busybox,
# dropbear and syslinux. Nothing is mounted. What the guest does is in `init`.
set -euo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?usage: build.sh FOLDER}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
modules="virtio_pci virtio_blk virtio_net virtio_rng ata_piix sr_mod isofs vfat nls_cp437 nls_ascii nls_utf8 nls_iso8859-1 button evdev af_packet"

# The kernel and those of its modules that the guest needs.
package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
(cd "$work" && apt-get download -qq -o APT::Sandbox::User=root "$package" && dpkg-deb -x "$package"_*.deb kernel)
version=$(ls "$work/kernel/lib/modules")
tree=lib/modules/$version
depmod -b "$work/kernel" "$version"
root=$work/root
mkdir -p "$root"/{bin,dev/pts,proc,sys,etc/acpi/PWRF,run,tmp,var/log,mnt/disk,mnt/drive,root/.ssh,"$tree"}
for module in $modules; do
  # one that is built in has no file
  modprobe -d "$work/kernel" -S "$version" --show-depends "$module" 2>/dev/null || true
done | sed -n "s|^insmod .*/\($tree/[^ ]*\).*|\1|p" | sort -u | while read -r file; do
  install -D -m 644 "$work/kernel/$file" "$root/$file"
done
cp "$work/kernel/$tree"/modules.{builtin,order} "$root/$tree/"
depmod -b "$root" "$version" 2>/dev/null

# The programs. What is not linked statically brings its libraries.
cp /bin/busybox "$root/bin/"
for program in /usr/sbin/dropbear /usr/bin/dropbearkey; do
  install -m 755 "$program" "$root/bin/"
  ldd "$program" | grep -o '/[^ )]*' | while read -r library; do
    [[ -e $root$library ]] || install -D -m 755 "$library" "$root$library"
  done
done
install -m 755 "$here/init" "$root/init"
install -m 755 "$here/dhcp" "$root/etc/dhcp"
install -m 755 "$here/user-data" "$root/bin/user-data"
printf '#!/bin/sh\necho "tiny: power button" >/dev/console\nsync\npoweroff -f\n' >"$root/etc/acpi/PWRF/00000080"
chmod 755 "$root/etc/acpi/PWRF/00000080"
echo "$modules" >"$root/etc/modules"
echo 'root:*:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
chmod 700 "$root/root" "$root/root/.ssh"
(cd "$root" && find . | sort | cpio --quiet -o -H newc -R 0:0 | gzip -6) >"$work/initrd.gz"

# The disk: one bootable FAT partition with syslinux.
cat >"$work/syslinux.cfg" <<'CFG'
SERIAL 0 115200
PROMPT 0
DEFAULT tiny
LABEL tiny
  KERNEL vmlinuz
  INITRD initrd.gz
  APPEND console=ttyS0,115200 panic=5 loglevel=4 rdinit=/init
CFG
disk=$work/disk
mib=48
truncate -s ${mib}M "$disk"
sfdisk -q "$disk" <<<'start=2048, type=e, bootable'
mkfs.fat -F 16 -n TINY --offset 2048 -h 2048 "$disk" $(((mib - 1) * 1024)) >/dev/null
export MTOOLS_SKIP_CHECK=1
mcopy -i "$disk@@1M" "$work"/kernel/boot/vmlinuz-* ::vmlinuz
mcopy -i "$disk@@1M" "$work/initrd.gz" "$work/syslinux.cfg" ::
syslinux --offset 1048576 -i "$disk"
dd if=/usr/lib/syslinux/mbr/mbr.bin of="$disk" conv=notrunc bs=440 count=1 status=none
mkdir -p "$folder"
qemu-img convert -c -O qcow2 "$disk" "$folder/tiny.qcow2.new"
mv "$folder/tiny.qcow2.new" "$folder/tiny.qcow2"
