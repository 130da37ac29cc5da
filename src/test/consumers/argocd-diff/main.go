// Applies manifests to a cluster and says what a GitOps tool reports as different right after it: Argo CD with its own code
// (gitops-engine), and Flux by a server-side apply dry run, as its package ssa does. A helper of the tests.
//
//	argocd-diff KUBECONFIG FILE…   one JSON object a line, for each object and way of comparing
//
// Each file and each tool has a namespace of its own, which takes the place of metadata.namespace.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

const (
	argoManager = "argocd-controller"
	fluxManager = "kustomize-controller"
	// OpenAPI shows a new CustomResourceDefinition after a while
	patience = 30 * time.Second
)

type comparison struct {
	File  string `json:"file"`
	Kind  string `json:"kind"`
	Name  string `json:"name"`
	Way   string `json:"way"`
	Drift string `json:"drift"`
}

// cluster is what both tools need of one.
type cluster struct {
	client dynamic.Interface
	mapper meta.RESTMapper
	apply  kube.ResourceOperations
	dryRun diff.KubeApplier
	parser *managedfields.GvkParser
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: argocd-diff KUBECONFIG FILE…")
	}
	config, err := clientcmd.BuildConfigFromFlags("", args[0])
	if err != nil {
		return err
	}
	config.QPS, config.Burst = -1, -1
	files := make([][]*unstructured.Unstructured, len(args)-1)
	for i, file := range args[1:] {
		if files[i], err = read(file); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	c, end, err := connect(config, files)
	if err != nil {
		return err
	}
	defer end()
	out := json.NewEncoder(os.Stdout)
	for i, objects := range files {
		for _, tool := range []struct {
			name    string
			compare func(*cluster, *unstructured.Unstructured) (map[string]string, error)
		}{{"argocd", argo}, {"argocd-ssa", argoServerSide}, {"flux", flux}} {
			namespace := fmt.Sprintf("%s-%d", tool.name, i)
			if err := c.createNamespace(namespace); err != nil {
				return err
			}
			for _, object := range objects {
				object = object.DeepCopy()
				if err := c.place(object, namespace); err != nil {
					return err
				}
				drifts, err := tool.compare(c, object)
				if err != nil {
					return fmt.Errorf("%s: %s: %s %s: %w", args[1+i], tool.name, object.GetKind(), object.GetName(), err)
				}
				for way, drift := range drifts {
					line := comparison{filepath.Base(args[1+i]), object.GetKind(), object.GetName(), way, drift}
					if err := out.Encode(line); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// read splits a file as kubectl and both tools do.
func read(file string) ([]*unstructured.Unstructured, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var objects []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), 4096)
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(object); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		switch {
		case len(object.Object) == 0: // an empty document
		case object.IsList():
			list, err := object.ToList()
			if err != nil {
				return nil, err
			}
			for i := range list.Items {
				objects = append(objects, &list.Items[i])
			}
		default:
			objects = append(objects, object)
		}
	}
}

func connect(config *rest.Config, files [][]*unstructured.Unstructured) (*cluster, func(), error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, nil, err
	}
	discoverer, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, nil, err
	}
	groups, err := restmapper.GetAPIGroupResources(discoverer)
	if err != nil {
		return nil, nil, err
	}
	kubectl := &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
	apply, endApply, err := kubectl.ManageResources(config)
	if err != nil {
		return nil, nil, err
	}
	dryRun, endDryRun, err := kubectl.ManageServerSideDiffDryRuns(config)
	if err != nil {
		endApply()
		return nil, nil, err
	}
	end := func() {
		endApply()
		endDryRun()
	}
	parser, err := completeParser(kubectl, config, files)
	if err != nil {
		end()
		return nil, nil, err
	}
	return &cluster{client, restmapper.NewDiscoveryRESTMapper(groups), apply, dryRun, parser}, end, nil
}

// completeParser waits until OpenAPI has the kinds of all files.
func completeParser(kubectl *kube.KubectlCmd, config *rest.Config, files [][]*unstructured.Unstructured) (*managedfields.GvkParser, error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Second) {
		_, parser, err := kubectl.LoadOpenAPISchema(config)
		if err != nil {
			return nil, err
		}
		missing := ""
		for _, objects := range files {
			for _, object := range objects {
				if parser.Type(object.GroupVersionKind()) == nil {
					missing = object.GroupVersionKind().String()
				}
			}
		}
		if missing == "" {
			return parser, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("not in OpenAPI: %s", missing)
		}
	}
}

func (c *cluster) createNamespace(name string) error {
	namespace := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}}
	_, err := c.client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}).
		Create(context.Background(), namespace, metav1.CreateOptions{})
	return err
}

// place puts an object into a namespace if its kind has one.
func (c *cluster) place(object *unstructured.Unstructured, namespace string) error {
	mapping, err := c.mapping(object)
	if err == nil && mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		object.SetNamespace(namespace)
	}
	return err
}

func (c *cluster) mapping(object *unstructured.Unstructured) (*meta.RESTMapping, error) {
	kind := object.GroupVersionKind()
	return c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
}

func (c *cluster) resource(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	mapping, err := c.mapping(object)
	if err != nil {
		return nil, err
	}
	return c.client.Resource(mapping.Resource).Namespace(object.GetNamespace()), nil
}

func (c *cluster) live(object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	resource, err := c.resource(object)
	if err != nil {
		return nil, err
	}
	return resource.Get(context.Background(), object.GetName(), metav1.GetOptions{})
}

// argo compares after Argo CD's client-side apply.
func argo(c *cluster, object *unstructured.Unstructured) (map[string]string, error) {
	live, err := c.argoApply(object, false)
	if err != nil {
		return nil, err
	}
	return c.argoDiffs(object, live, map[string][]diff.Option{
		"Argo CD, three-way":                     nil,
		"Argo CD, server-side after client-side": c.serverSideDiff(),
	})
}

// argoServerSide compares after ServerSideApply=true.
func argoServerSide(c *cluster, object *unstructured.Unstructured) (map[string]string, error) {
	live, err := c.argoApply(object, true)
	if err != nil {
		return nil, err
	}
	return c.argoDiffs(object, live, map[string][]diff.Option{
		"Argo CD, structured":  {diff.WithStructuredMergeDiff(true)},
		"Argo CD, server-side": c.serverSideDiff(),
	})
}

func (c *cluster) serverSideDiff() []diff.Option {
	return []diff.Option{
		diff.WithServerSideDiff(true),
		diff.WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(c.dryRun)),
		// stricter than the default: what no manager owns, such as a schema's default, counts as well
		diff.WithIgnoreMutationWebhook(false),
	}
}

func (c *cluster) argoApply(object *unstructured.Unstructured, serverSide bool) (*unstructured.Unstructured, error) {
	_, err := c.apply.ApplyResource(
		context.Background(), object.DeepCopy(), cmdutil.DryRunNone, false, true, serverSide, argoManager)
	if err != nil {
		return nil, err
	}
	return c.live(object)
}

func (c *cluster) argoDiffs(object, live *unstructured.Unstructured, ways map[string][]diff.Option) (map[string]string, error) {
	drifts := map[string]string{}
	for way, options := range ways {
		options = append(options,
			diff.WithNormalizer(withoutStatus{}), diff.WithGVKParser(c.parser), diff.WithManager(argoManager),
			diff.WithLogr(logr.Discard()))
		result, err := diff.Diff(object.DeepCopy(), live.DeepCopy(), options...)
		if err != nil {
			return nil, err
		}
		drifts[way] = ""
		if result.Modified {
			drifts[way] = fmt.Sprintf("live %s, wanted %s", result.NormalizedLive, result.PredictedLive)
		}
	}
	return drifts, nil
}

// withoutStatus is Argo CD's default resource.compareoptions: ignoreResourceStatusField: all.
type withoutStatus struct{}

func (withoutStatus) Normalize(object *unstructured.Unstructured) error {
	unstructured.RemoveNestedField(object.Object, "status")
	return nil
}

// flux applies server-side, and compares what a dry run of the same would change.
func flux(c *cluster, object *unstructured.Unstructured) (map[string]string, error) {
	resource, err := c.resource(object)
	if err != nil {
		return nil, err
	}
	// Flux removes it, too: the status is the controllers'
	object = object.DeepCopy()
	unstructured.RemoveNestedField(object.Object, "status")
	apply := func(dryRun ...string) (*unstructured.Unstructured, error) {
		return resource.Apply(context.Background(), object.GetName(), object,
			metav1.ApplyOptions{FieldManager: fluxManager, Force: true, DryRun: dryRun})
	}
	if _, err := apply(); err != nil {
		return nil, err
	}
	live, err := c.live(object)
	if err != nil {
		return nil, err
	}
	dry, err := apply(metav1.DryRunAll)
	if err != nil {
		return nil, err
	}
	drift := ""
	if !reflect.DeepEqual(content(live), content(dry)) {
		drift = fmt.Sprintf("live %v, wanted %v", content(live), content(dry))
	}
	return map[string]string{"Flux": drift}, nil
}

// content is what Flux compares: labels, annotations and all outside metadata and status.
func content(object *unstructured.Unstructured) map[string]any {
	rest := object.DeepCopy().Object
	delete(rest, "metadata")
	delete(rest, "status")
	rest["labels"], rest["annotations"] = object.GetLabels(), object.GetAnnotations()
	return rest
}
