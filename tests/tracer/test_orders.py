"""What an order leaves open."""

from modtrace.record.limits import PATIENCE_S
from modtrace.tracer.orders import Orders


def test_an_order_needs_a_module_and_a_version_and_leaves_the_rest_to_gos_settings() -> None:
    orders = Orders(module="example.com/m", query="latest")
    assert (orders.goproxy, orders.gosumdb, orders.headers) == (None, None, ())
    assert orders.patience_s == PATIENCE_S
    assert orders.timeout_s is None
    assert orders.keeps_keys is False
