// Package kinds requires the modules that have the CustomResourceDefinitions of others: a small package of each.
package kinds

import (
	_ "github.com/prometheus-operator/prometheus-operator/pkg/versionutil"
	_ "github.com/traefik/traefik/v3/pkg/version"
	_ "istio.io/api/label"
)
