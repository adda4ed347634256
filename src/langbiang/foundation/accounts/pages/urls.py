"""Addresses of accounts."""

from django.urls import path

from . import administration, own, sign_in

app_name = "accounts"
urlpatterns = [
    path("sign-in/", sign_in.citizen, name="sign_in"),
    path("sign-in/return/", sign_in.oidc_return, name="oidc_return"),
    path("staff/sign-in/", sign_in.staff, name="staff_sign_in"),
    path("staff/sign-in/code/", sign_in.second_step, name="second_factor"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("account/", own.profile, name="profile"),
    path("account/position/", own.choose_position, name="choose_position"),
    path("account/password/", own.password, name="password"),
    path("account/sessions/end/", own.end_other_sessions, name="end_other_sessions"),
    path("account/second-factor/", own.enrol_second, name="enrol_second"),
    path("account/second-factor/remove/", own.remove_second, name="remove_second"),
    path("work/accounts/", administration.accounts, name="list"),
    path("work/accounts/enrol/", administration.enrol, name="enrol"),
    path("work/accounts/<int:account_id>/", administration.account, name="account"),
    path("work/accounts/<int:account_id>/change/", administration.change, name="change"),
]
