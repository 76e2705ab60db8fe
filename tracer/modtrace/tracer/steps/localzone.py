"""This machine's offset from UTC as go would print it: ``$TZ``, or ``/etc/localtime``."""

from modtrace.gorules.gozone import utc_offset_s, zone_files
from modtrace.tracer.world.interface import World


def local_utc_offset_s(world: World) -> int:
    """Seconds east of UTC now; 0 where no usable file says otherwise."""
    environ = world.environ()
    for file in zone_files(environ.get("TZ"), environ.get("GOROOT")):
        try:
            data = world.read_file(file.path)
        except OSError:
            continue
        offset_s = None if data is None else utc_offset_s(data, world.wall_time_s(), member=file.member)
        if offset_s is not None:
            return offset_s
    return 0
