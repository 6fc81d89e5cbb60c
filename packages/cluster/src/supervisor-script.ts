/**
 * The supervisor of one component: a POSIX shell of about 1 MB rather than one more Node. It starts the command,
 * starts it again whenever it ends (at once the first time, then after 1, 2, 4 … 30 s; a run of 10 s starts the count
 * anew), and ends it and itself on SIGTERM.
 *
 *   sh supervise.sh NAME RUN_DIR LOG_FILE COMMAND…
 *
 * RUN_DIR/NAME.supervisor and RUN_DIR/NAME.pid hold the process ids, RUN_DIR/NAME.restarts a line for each restart. A
 * log of more than 10 MiB is moved aside before a start.
 */
export const supervisorScript = `#!/bin/sh
name=$1 run=$2 log=$3
shift 3
stopping= child= delay=0
stop() {
  stopping=1
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
}
trap stop TERM INT HUP
rm -f "$run/$name.restarts"
echo $$ > "$run/$name.supervisor"
while [ -z "$stopping" ]; do
  if [ -n "$(find "$log" -size +20480 2>/dev/null)" ]; then mv -f "$log" "$log.1"; fi
  started=$(date +%s)
  "$@" >>"$log" 2>&1 </dev/null &
  child=$!
  echo "$child" > "$run/$name.pid"
  while :; do
    wait "$child"
    code=$?
    kill -0 "$child" 2>/dev/null || break
  done
  child=
  [ -z "$stopping" ] || break
  now=$(date +%s)
  if [ $((now - started)) -ge 10 ]; then delay=0; fi
  echo "$now $code" >> "$run/$name.restarts"
  echo "supervisor: $name ended with code $code; it is started again in $delay s" >> "$log"
  if [ "$delay" -gt 0 ]; then
    sleep "$delay" &
    child=$!
    wait "$child"
    kill "$child" 2>/dev/null
    child=
  fi
  delay=$((delay == 0 ? 1 : delay * 2))
  if [ "$delay" -gt 30 ]; then delay=30; fi
done
rm -f "$run/$name.pid" "$run/$name.supervisor"
`
