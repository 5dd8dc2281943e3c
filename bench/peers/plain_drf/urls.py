"""The router."""

from rest_framework.routers import DefaultRouter

from bench.peers.plain_drf.api import PayoutViewSet

router = DefaultRouter()
router.register("api/payouts", PayoutViewSet)
urlpatterns = router.urls
