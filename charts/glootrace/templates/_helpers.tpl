{{/* Name of the webhook's objects. */}}
{{- define "glootrace.fullname" -}}
{{ default .Release.Name .Values.fullnameOverride | replace "." "-" | trunc 53 | trimSuffix "-" }}
{{- end }}

{{/* Labels of an object. Call with a list: the root, the component and, if there are some, labels of its own from the
values. */}}
{{- define "glootrace.labels" -}}
{{- $root := index . 0 -}}
{{ include "glootrace.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: glootrace
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- $own := dict }}
{{- if gt (len .) 2 }}
{{- $own = index . 2 }}
{{- end }}
{{- include "glootrace.userLabels" (list $root $own) }}
{{- end }}

{{/* The user's labels of an object, in a new line. Those of its own win over those of every object. Call with a list: the
root and the object's own. */}}
{{- define "glootrace.userLabels" -}}
{{- with merge (dict) (default dict (index . 1)) (default dict (index . 0).Values.commonLabels) }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Labels of a component's pods. No version is among them: an upgrade that changes nothing else restarts nothing, and
Zipkin keeps what it has in memory. Call with a list: the root, the component and the component's values. */}}
{{- define "glootrace.podLabels" -}}
{{ include "glootrace.selector" . }}
app.kubernetes.io/part-of: glootrace
{{- include "glootrace.userLabels" (list (index . 0) (index . 2).podLabels) }}
{{- end }}

{{/* Labels by which a component's pods are selected. */}}
{{- define "glootrace.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: glootrace
app.kubernetes.io/instance: {{ toYaml $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* An image by digest if there is one, else by tag. Call with a list: the image's values, and repository and tag that
stand in for what they leave empty. */}}
{{- define "glootrace.image" -}}
{{- $image := index . 0 -}}
{{- $repository := default (index . 1) $image.repository -}}
{{- if $image.digest -}}
{{ $repository }}@{{ $image.digest }}
{{- else -}}
{{ $repository }}:{{ default (index . 2) $image.tag }}
{{- end -}}
{{- end }}

{{/* "true" if objects of a kind may be rendered: the cluster has the kind, or there is no cluster to ask. Only what was
read from a cluster (or given in its place, as Argo CD does) has kinds beside versions. Call with a list: the root and
version/Kind. */}}
{{- define "glootrace.has" -}}
{{- $apis := (index . 0).Capabilities.APIVersions -}}
{{- if or ($apis.Has (index . 1)) (not ($apis.Has "apps/v1/Deployment")) -}}true{{- end -}}
{{- end }}

{{/* "true" if the cluster is of a Kubernetes minor version or a later one. Call with a list: the root and "1.30". */}}
{{- define "glootrace.since" -}}
{{- if semverCompare (printf ">=%s.0-0" (index . 1)) (index . 0).Capabilities.KubeVersion.Version -}}true{{- end -}}
{{- end }}

{{/* Security context of a pod. Call with a list: the root, the pod's user, which is its group too, and true if that is the
group of its volumes as well. OpenShift gives each namespace users of its own, and lets pods that ask for none have one. */}}
{{- define "glootrace.podSecurity" -}}
runAsNonRoot: true
{{- if ne (include "glootrace.openShift" (index . 0)) "true" }}
runAsUser: {{ index . 1 }}
runAsGroup: {{ index . 1 }}
{{- if gt (len .) 2 }}
fsGroup: {{ index . 1 }}
{{- end }}
{{- end }}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* "true" if the cluster is OpenShift. */}}
{{- define "glootrace.openShift" -}}
{{- if .Capabilities.APIVersions.Has "security.openshift.io/v1" -}}true{{- end -}}
{{- end }}

{{/* Security context of every container. */}}
{{- define "glootrace.restricted" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Name of the Secret with the webhook's certificate. */}}
{{- define "glootrace.certificateSecret" -}}
{{- /* Not the same in two modes: cert-manager leaves its Secret behind, and Helm takes none over that it did not make. */ -}}
{{- $suffix := ternary "tls" "certs" (eq .Values.certificates.mode "certManager") -}}
{{ default (printf "%s-%s" (include "glootrace.fullname" .) $suffix) .Values.certificates.secretName }}
{{- end }}

{{/* DNS name by which the API server calls the webhook. */}}
{{- define "glootrace.host" -}}
{{ include "glootrace.fullname" . }}.{{ .Release.Namespace }}.svc
{{- end }}

{{/* Host of the collector, as seen from every namespace. */}}
{{- define "glootrace.collectorHost" -}}
otel-collector.{{ .Release.Namespace }}.svc
{{- end }}

{{/* URL of the Zipkin that the collector sends to, as seen from this namespace; empty if there is none. */}}
{{- define "glootrace.zipkinURL" -}}
{{- if .Values.zipkin.enabled -}}
http://zipkin:9411
{{- else -}}
{{ trimSuffix "/" .Values.zipkin.url }}
{{- end -}}
{{- end }}

{{/* Name of the webhook's priority class; empty if it has none. */}}
{{- define "glootrace.priorityClass" -}}
{{- if .Values.priorityClass.name -}}
{{ .Values.priorityClass.name }}
{{- else if .Values.priorityClass.create -}}
{{ include "glootrace.fullname" . }}
{{- end -}}
{{- end }}

{{/* Names of the Secrets with which images are pulled. */}}
{{- define "glootrace.pullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
{{- range . }}
- name: {{ toYaml . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Where pods may run. Call with the component's values. */}}
{{- define "glootrace.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
