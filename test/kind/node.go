package kind

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/glootrace/glootrace/test/cache"
	"github.com/glootrace/glootrace/test/debian"
	"github.com/glootrace/glootrace/test/env"
)

// suite is the Debian that a node is.
const suite = "bookworm"

// packages are what a node needs beside what every Debian has. They include runc.
const packages = "systemd,dbus,conntrack,iptables,nftables,iproute2,ethtool,kmod,libseccomp2,procps,runc"

// nodeImage returns the name of an image in Docker that kind makes nodes from: E2E_NODE_IMAGE if it is set, which
// Docker may have to pull (kind's own are kindest/node), else one that is built on first use of Debian's packages and
// Go modules only and kept in the user's cache.
func nodeImage(ctx context.Context, progress io.Writer) (string, error) {
	if image := os.Getenv("E2E_NODE_IMAGE"); image != "" {
		return image, nil
	}
	dir, err := node(ctx, progress)
	if err != nil {
		return "", err
	}
	image := "glootrace/" + strings.Replace(filepath.Base(dir), "-", ":", 1)
	if exec.CommandContext(ctx, "docker", "image", "inspect", image).Run() == nil {
		return image, nil
	}
	fmt.Fprintf(progress, "loading the image of a node into Docker: once\n")
	return image, run(ctx, "docker", "import", "--change=ENV container=docker",
		`--change=ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]`, filepath.Join(dir, "node.tar"), image)
}

// node returns a folder with node.tar, the file system of a node.
func node(ctx context.Context, progress io.Writer) (string, error) {
	kubernetes, version, err := env.ControlPlane(ctx, progress)
	if err != nil {
		return "", err
	}
	kind, err := env.ModuleDir(ctx, "sigs.k8s.io/kind")
	if err != nil {
		return "", err
	}
	here, err := env.SourceDir("kind")
	if err != nil {
		return "", err
	}
	system, err := system(ctx, progress)
	if err != nil {
		return "", err
	}
	key, err := sources(here, kubernetes, kind, system)
	if err != nil {
		return "", err
	}
	what := "a node of Kubernetes " + version + ", built of Debian's packages and Go modules (some minutes)"
	return cache.Dir(ctx, "node-"+version+"-"+key, what, progress, func(ctx context.Context, dir string) error {
		tmp, err := os.MkdirTemp("", "glootrace-node-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		b := build{here: here, root: filepath.Join(tmp, "root"), programs: filepath.Join(tmp, "programs"), images: filepath.Join(tmp, "images.tar"),
			system: system, kubernetes: kubernetes, version: version, kind: kind}
		return b.node(ctx, filepath.Join(dir, "node.tar"))
	})
}

// sources names all that a node is made from: its sources here, and what else is given.
func sources(here string, others ...string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, others)
	for _, pattern := range []string{"image.go", "node.go", "node.sh", "files/*", "pause/*", "parts/go.*", "parts/coredns/*"} {
		paths, err := filepath.Glob(filepath.Join(here, pattern))
		if err != nil {
			return "", err
		}
		for _, p := range paths {
			data, err := os.ReadFile(p)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(h, "%s %d\n%s", filepath.Base(p), len(data), data)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:10], nil
}

// build is a node in the making: folders of what is there, and of what comes.
type build struct{ here, root, programs, images, system, kubernetes, version, kind string }

func (b build) node(ctx context.Context, archive string) error {
	if err := os.Mkdir(b.root, 0o755); err != nil {
		return err
	}
	if err := run(ctx, "tar", "-C", b.root, "-xf", filepath.Join(b.system, "system.tar")); err != nil {
		return err
	}
	if err := b.buildPrograms(ctx); err != nil {
		return err
	}
	if err := b.writeImages(ctx); err != nil {
		return err
	}
	files := filepath.Join(b.here, "files")
	if err := run(ctx, "sh", filepath.Join(b.here, "node.sh"), b.root, b.programs, b.kind, files, b.images, b.version); err != nil {
		return err
	}
	return pack(ctx, b.root, archive)
}

// system returns a folder with system.tar, the Debian that nodes of all versions are made from.
func system(ctx context.Context, progress io.Writer) (string, error) {
	sum := sha256.Sum256([]byte(packages))
	key := "debian-" + suite + "-" + hex.EncodeToString(sum[:])[:10]
	return cache.Dir(ctx, key, "Debian "+suite+" for a node, of its packages", progress, func(ctx context.Context, dir string) error {
		if err := debian.Install(ctx, progress, "debootstrap", "debootstrap", "debian-archive-keyring"); err != nil {
			return err
		}
		root := filepath.Join(dir, "root")
		if err := run(ctx, "debootstrap", "--variant=minbase", "--include="+packages, suite, root); err != nil {
			return err
		}
		return errors.Join(pack(ctx, root, filepath.Join(dir, "system.tar")), os.RemoveAll(root))
	})
}

// pack writes an archive of a file system, less what only people and apt want.
func pack(ctx context.Context, root, archive string) error {
	args := []string{"--numeric-owner", "-C", root, "-cf", archive}
	for _, less := range []string{"var/cache/apt/archives/*.deb", "var/lib/apt/lists/*", "usr/share/doc/*", "usr/share/locale/*", "usr/share/man/*"} {
		args = append(args, "--exclude=./"+less)
	}
	return run(ctx, "tar", append(args, ".")...)
}

// buildPrograms builds what a node and its images have beside Kubernetes.
func (b build) buildPrograms(ctx context.Context) error {
	if err := os.Mkdir(b.programs, 0o755); err != nil {
		return err
	}
	if err := os.Link(filepath.Join(b.kubernetes, "controlplane"), filepath.Join(b.programs, "controlplane")); err != nil {
		if err := run(ctx, "cp", filepath.Join(b.kubernetes, "controlplane"), b.programs); err != nil {
			return err
		}
	}
	for _, in := range []struct {
		dir  string
		what []string
	}{{filepath.Join(b.here, "parts"), []string{"tool", "./coredns"}}, {b.here, []string{"./pause"}}} {
		args := append([]string{"build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w",
			"-tags=no_aufs,no_zfs,no_btrfs,no_devmapper", "-o", b.programs + "/"}, in.what...)
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir = in.dir
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", in.what, err, out)
		}
	}
	return nil
}

var sandbox = regexp.MustCompile(`sandbox_image = "(.+)"`)

// writeImages writes the images of the control plane, by the names that this kubeadm and this kind use.
func (b build) writeImages(ctx context.Context) error {
	names, err := exec.CommandContext(ctx, filepath.Join(b.kubernetes, "kubeadm"), "config", "images", "list",
		"--kubernetes-version="+b.version).Output()
	if err != nil {
		return fmt.Errorf("kubeadm config images list: %w", err)
	}
	config, err := os.ReadFile(filepath.Join(b.kind, "images", "base", "files", "etc", "containerd", "config.toml"))
	if err != nil {
		return err
	}
	pause := sandbox.FindSubmatch(config)
	if pause == nil {
		return fmt.Errorf("no sandbox_image in kind's configuration of containerd")
	}
	proxy, err := b.proxyTools()
	if err != nil {
		return err
	}
	kubernetes := NewLayer()
	kubernetes.Add("/usr/local/bin/controlplane", filepath.Join(b.programs, "controlplane"))
	images := []Image{{Name: string(pause[1]), Entrypoint: []string{"/pause"}, Layers: []*Layer{b.program("pause")}}}
	for _, name := range strings.Fields(string(names)) {
		program := name[strings.LastIndex(name, "/")+1 : strings.LastIndex(name, ":")]
		image := Image{Name: name, Layers: []*Layer{kubernetes}}
		switch program {
		case "pause": // of this kubeadm; kind has its own
			continue
		case "coredns":
			image.Entrypoint, image.Layers = []string{"/coredns"}, []*Layer{b.program("coredns")}
		case "kube-proxy":
			image.Layers = append(image.Layers, proxy)
		}
		kubernetes.Link("/usr/local/bin/"+program, "controlplane")
		images = append(images, image)
	}
	f, err := os.Create(b.images)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := Archive(f, images...); err != nil {
		return err
	}
	return f.Close()
}

func (b build) program(name string) *Layer {
	l := NewLayer()
	l.Add("/"+name, filepath.Join(b.programs, name))
	return l
}

// proxyTools are the node's own programs that kube-proxy runs.
func (b build) proxyTools() (*Layer, error) {
	tools := []string{"/usr/sbin/xtables-nft-multi", "/usr/sbin/nft", "/usr/sbin/conntrack"}
	extensions, err := filepath.Glob(filepath.Join(b.root, "usr/lib/*-linux-gnu/xtables/*.so"))
	if err != nil {
		return nil, err
	}
	for _, e := range extensions {
		tools = append(tools, strings.TrimPrefix(e, b.root))
	}
	l := NewLayer()
	for _, version := range []string{"iptables", "ip6tables"} {
		for _, what := range []string{"", "-save", "-restore"} {
			l.Link("/usr/sbin/"+version+what, "xtables-nft-multi")
		}
	}
	return l, l.AddPrograms(b.root, tools...)
}

// run runs a program that ends by itself; the end of its output is in the error.
func run(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
		return fmt.Errorf("%s %s: %w\n%s", name, args[0], err, bytes.Join(lines[max(0, len(lines)-20):], []byte("\n")))
	}
	return nil
}
