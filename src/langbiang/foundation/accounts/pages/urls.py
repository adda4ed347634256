"""Addresses of accounts."""

from django.urls import path

from . import administration, citizens, machines, own, second_factors, sign_in

app_name = "accounts"
urlpatterns = [
    path("sign-in/", citizens.sign_in, name="sign_in"),
    path("sign-in/return/", citizens.oidc_return, name="oidc_return"),
    path("staff/sign-in/", sign_in.staff, name="staff_sign_in"),
    path("staff/sign-in/second-step/", sign_in.second_step, name="second_factor"),
    path("staff/no-position/", sign_in.no_position, name="no_position"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("account/", own.profile, name="profile"),
    path("account/positions/", own.positions, name="positions"),
    path("account/password/", own.password, name="password"),
    path("account/sessions/end/", own.end_session, name="end_session"),
    path("account/second-factor/", second_factors.overview, name="second_factors"),
    path("account/second-factor/app/", second_factors.app, name="enrol_app"),
    path("account/second-factor/key/", second_factors.key, name="enrol_key"),
    path("account/second-factor/codes/", second_factors.recovery, name="renew_codes"),
    path("account/second-factor/<int:factor_id>/remove/", second_factors.remove, name="remove_factor"),
    path("manage/accounts/", administration.accounts, name="list"),
    path("manage/accounts/enrol/", administration.enrol, name="enrol"),
    path("manage/accounts/keys/", machines.keys, name="keys"),
    path("manage/accounts/keys/<int:key_id>/revoke/", machines.revoke, name="revoke_key"),
    path("manage/accounts/<int:account_id>/", administration.account, name="account"),
    path("manage/accounts/<int:account_id>/<slug:act>/", administration.change, name="change"),
]
