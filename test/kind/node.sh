#!/bin/sh
# Makes a node of the Debian system in the folder root: what kind's images/base/Dockerfile and kind build node-image do,
# of files that are here.
set -eu
root=$1 programs=$2 kind=$3 files=$4 images=$5 version=$6

# kind's own files come in its Go module, which keeps no modes.
(cd "$kind/images/base/files" && find . -type f) | while read -r f; do
  case $f in ./usr/local/bin/* | ./kind/bin/*) mode=755 ;; *) mode=644 ;; esac
  install -D -m $mode "$kind/images/base/files/$f" "$root/$f"
done

# As the Dockerfile has it: systemd with nothing but what a node needs.
units=$root/lib/systemd/system
rm -f "$units"/sysinit.target.wants/systemd-tmpfiles-setup.service "$units"/multi-user.target.wants/* \
  "$root"/etc/systemd/system/*.wants/* "$units"/local-fs.target.wants/* "$units"/sockets.target.wants/*udev* \
  "$units"/sockets.target.wants/*initctl* "$units"/basic.target.wants/*
echo ReadKMsg=no >> "$root/etc/systemd/journald.conf"
ln -sf /usr/lib/systemd/systemd "$root/sbin/init"
chroot "$root" systemctl --quiet enable kubelet.service containerd.service undo-mount-hacks.service
chroot "$root" systemctl --quiet mask systemd-binfmt.service

# Programs. All of Kubernetes' are one file.
mkdir -p "$root/etc/kubernetes/manifests" "$root/opt/cni/bin" "$root/kind/manifests"
install "$programs/containerd" "$programs/ctr" "$programs/containerd-shim-runc-v2" "$root/usr/local/bin/"
install "$programs/host-local" "$programs/loopback" "$programs/ptp" "$root/opt/cni/bin/"
install "$programs/controlplane" "$root/usr/bin/"
for name in kubeadm kubectl kubelet; do ln -s controlplane "$root/usr/bin/$name"; done
echo "$version" > "$root/kind/version"
printf '#!/bin/sh\nexec ctr --namespace k8s.io images list\n' > "$root/usr/local/bin/crictl" # all that kind asks it is "images"
chmod +x "$root/usr/local/bin/crictl"

# What containers start from; where root may not raise limits (see runc.sh), theirs can not be raised either.
"$programs/ctr" oci spec | sed '/"rlimits": \[/,/^ *\],$/d' > "$root/etc/containerd/cri-base.json"
sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' "$root/etc/containerd/config.toml"

# One node needs no kindnetd, and the tests no storage.
install -D -m 644 "$files/10-ptp.conflist" "$root/etc/cni/net.d/10-ptp.conflist"
install -m 644 "$files/default-storage.yaml" "$root/kind/manifests/"

# The images, into the store that the node's containerd starts with.
run=$(mktemp -d)
printf 'version = 3\ndisabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]\n' > "$run/config.toml"
"$programs/containerd" --config "$run/config.toml" --log-level error --root "$root/var/lib/containerd" \
  --state "$run/state" --address "$run/socket" &
containerd=$!
trap 'kill $containerd; wait $containerd || true; rm -rf "$run"' EXIT
ctr() { "$programs/ctr" --address "$run/socket" --namespace k8s.io "$@"; }
until ctr version > /dev/null 2>&1; do kill -0 $containerd; sleep 0.1; done
ctr images import --no-unpack --all-platforms --digests "$images"
