{{/* What all exporters have in common: how they wait for a next hop that is away. */}}
{{- define "glootrace.exporterQueue" -}}
# A next hop that answers slowly must not hold up the collector's end.
timeout: 5s
retry_on_failure:
  initial_interval: 1s
  max_interval: 10s
  max_elapsed_time: 300s
sending_queue:
  sizer: items
  queue_size: {{ int .Values.collector.queue.size }} # spans
  num_consumers: 4
  {{- if .Values.collector.queue.persistent.enabled }}
  storage: file_storage
  {{- end }}
  batch:
    flush_timeout: 1s
    min_size: 512
    max_size: 1024
{{- end }}

{{/* Name of an exporter of the values. Call with its name and values. */}}
{{- define "glootrace.exporter" -}}
{{ printf "otlp_%s/%s" (index . 1).protocol (index . 0) }}
{{- end }}

{{/* Environment variable that holds a header of an exporter. Call with the names of both. */}}
{{- define "glootrace.headerVariable" -}}
{{ regexReplaceAll "[^A-Z0-9]" (printf "HEADER_%s_%s" (index . 0) (index . 1) | upper) "_" }}
{{- end }}
