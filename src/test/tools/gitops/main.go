// What GitOps tools make of our resources: the status by which Flux, kpt and Helm wait, and the health that Argo CD computes
// with its Lua interpreter. A helper of the tests.
//
//	gitops kstatus < LIST.json            one JSON object a line, for each item
//	gitops health SCRIPT.lua < LIST.json  the same
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type verdict struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var judge func(*unstructured.Unstructured) (verdict, error)
	switch {
	case len(args) == 1 && args[0] == "kstatus":
		judge = kstatus
	case len(args) == 2 && args[0] == "health":
		script, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		judge = func(object *unstructured.Unstructured) (verdict, error) { return health(string(script), object) }
	default:
		return fmt.Errorf("usage: gitops kstatus | gitops health SCRIPT.lua, with a list on standard input")
	}
	var list struct {
		Items []map[string]any `json:"items"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&list); err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for _, item := range list.Items {
		object := &unstructured.Unstructured{Object: item}
		result, err := judge(object)
		if err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		result.Kind, result.Name = object.GetKind(), object.GetName()
		if err := out.Encode(result); err != nil {
			return err
		}
	}
	return nil
}

func kstatus(object *unstructured.Unstructured) (verdict, error) {
	result, err := status.Compute(normalized(object))
	if err != nil {
		return verdict{}, err
	}
	return verdict{Status: result.Status.String(), Message: result.Message}, nil
}

// normalized has integers as int64, as a Kubernetes client decodes them.
func normalized(object *unstructured.Unstructured) *unstructured.Unstructured {
	raw, err := json.Marshal(object.Object)
	if err != nil {
		panic(err)
	}
	fresh := &unstructured.Unstructured{}
	if err := fresh.UnmarshalJSON(raw); err != nil {
		panic(err)
	}
	return fresh
}

// health runs the script as Argo CD does: with the libraries package, base and table, for a second at most.
func health(script string, object *unstructured.Unstructured) (verdict, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage},
		{lua.BaseLibName, lua.OpenBase},
		{lua.TabLibName, lua.OpenTable},
	} {
		parameters := lua.P{Fn: state.NewFunction(library.open), NRet: 0, Protect: true}
		if err := state.CallByParam(parameters, lua.LString(library.name)); err != nil {
			return verdict{}, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", value(state, object.Object))
	if err := state.DoString(script); err != nil {
		return verdict{}, err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return verdict{}, fmt.Errorf("the script returns no table")
	}
	return verdict{
		Status:  lua.LVAsString(table.RawGetString("status")),
		Message: lua.LVAsString(table.RawGetString("message")),
	}, nil
}

func value(state *lua.LState, of any) lua.LValue {
	switch of := of.(type) {
	case map[string]any:
		table := state.NewTable()
		for key, item := range of {
			table.RawSetString(key, value(state, item))
		}
		return table
	case []any:
		table := state.NewTable()
		for _, item := range of {
			table.Append(value(state, item))
		}
		return table
	case string:
		return lua.LString(of)
	case float64:
		return lua.LNumber(of)
	case bool:
		return lua.LBool(of)
	default:
		return lua.LNil
	}
}
